"""The durable spool: what is taken while the database is away is there when it is back, in its order, also when the node
was killed meanwhile, and never more than there is room for."""

import contextlib
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.fakes.running import Running, ask
from tests.fakes.waiting import until
from tests.faults.fault import Fault
from tests.faults.load import event
from tests.faults.run import Run

SHORT = 8.0  # seconds
ROOM = "1m"  # of the disk that is full
PADDING = 50_000  # bytes of an event that is to fill it; of more than 64 KB the rest would be left out
MOST_TO_FILL = 100

ORDERS = (("trigger",), ("trigger", "resolve"), ("trigger", "resolve", "trigger"), ("resolve", "trigger"))
STATES = """
SELECT dedup_key, bool_or(resolved_at IS NULL) FROM alert WHERE dedup_key LIKE %(ordered)s GROUP BY 1
"""


def database_stops(run: Run) -> None:
    """The database is stopped for a minute; every node takes events meanwhile, and hands them in afterwards, in order."""
    marks = [node.log.stat().st_size for node in run.place.nodes]
    with _database_away(run):
        until(lambda: _are_spooling(run), "every node spools", seconds=15, every=0.2)
        run.wait(1)
        refused = dict(run.load.refused)
        _send_in_order(run)
        run.wait(run.minute(quick=SHORT))
        run.expect(refused == run.load.refused, f"events were refused while the nodes spooled: {run.load.refused}")
        _expect_metrics(run)
    _look_well(run)
    for node, mark in zip(run.place.nodes, marks, strict=True):
        for line in ("spool_begun", "spool_drained"):
            run.expect(run.logged(node, line, after=mark), f"{node.folder.name} has not logged {line}")
    _expect_order(run)


def nodes_die_with_a_spool(run: Run) -> None:
    """kill -9 of a node, and of another with its supervisor, while they hold spooled events; then they are started again."""
    node, tree = run.place.nodes[:2]
    with _database_away(run):
        until(lambda: _are_spooling(run), "every node spools", seconds=15, every=0.2)
        run.wait(SHORT)
        held = [_metric(one, "watchbill_spool_events") for one in (node, tree)]
        run.expect(min(held) > 0, f"the nodes hold {held} events, so nothing was proved")
        run.figures["spooled_by_the_killed"] = sum(held)
        node.kill_node()
        tree.kill()
        run.wait(3)
        tree.start(ready=False)
        run.wait(2)
    _look_well(run)


def disk_is_full(run: Run) -> None:
    """One node's spool lies on a disk of 1 MB, another's may take 1 MB. Past that it is 503, and what was taken is there."""
    nodes = run.place.nodes
    small, told = nodes[0], nodes[1]
    with _small_disk(small) as mounted, _restarted(run, told, spool_mb="1"):
        with _database_away(run):
            until(lambda: _are_spooling(run), "every node spools", seconds=15, every=0.2)
            for node in (small, told) if mounted else (told,):
                taken, refused = _fill(run, node)
                run.figures[f"taken_by_{node.folder.name}"] = taken
                run.expect(taken > 0, f"{node.folder.name} has taken nothing before it was full")
                run.expect(refused >= 3, f"{node.folder.name} was never full: {taken} events of {PADDING} bytes taken")
        _look_well(run)


def _fill(run: Run, node: Running) -> tuple[int, int]:
    """Large events to one node until it has refused three in a row; answers how many it took and refused."""
    taken = refused = in_a_row = 0
    for number in range(MOST_TO_FILL):
        key = f"{run.prefix}full-{node.folder.name}-{number}"
        if run.load.once(node, key, 1, time.monotonic(), padding=PADDING) is None:
            taken, in_a_row = taken + 1, 0
        else:
            refused, in_a_row = refused + 1, in_a_row + 1
        if in_a_row == 3:
            break
    return taken, refused


@contextlib.contextmanager
def _database_away(run: Run) -> Iterator[None]:
    with run.trouble("the database was away"):
        run.place.postgres.stop()
        try:
            yield
        finally:
            run.place.postgres.start()
            run.well_from()
        run.wait(2)


def _look_well(run: Run) -> None:
    run.place.until_ready()
    run.figures["nodes_ready_after_s"] = time.monotonic() - run.well_since[0]
    until(lambda: not any(_metric(node, "watchbill_spool_events") for node in run.place.nodes), "spools are empty")
    run.figures["spools_empty_after_s"] = time.monotonic() - run.well_since[0]


def _are_spooling(run: Run) -> bool:
    by_node = {taken.port for taken in tuple(run.load.taken.values()) if taken.spooled}
    return by_node == {node.port for node in run.place.nodes}


def _expect_metrics(run: Run) -> None:
    names = ("watchbill_spool_events", "watchbill_spool_bytes", 'outcome="spooled"')
    for node in run.place.nodes:
        said = _metrics(node)
        figures = {name: _sum(said, name) for name in names}
        run.expect(all(figures.values()), f"{node.folder.name} spools and its metrics say {figures}")


def _metric(node: Running, name: str) -> float:
    return _sum(_metrics(node), name)


def _metrics(node: Running) -> list[str]:
    lines = ask("GET", f"{node.url}/metrics").body.decode().splitlines()
    return [line for line in lines if not line.startswith("#") and "_created{" not in line]


def _sum(lines: Sequence[str], name: str) -> float:
    """Of the samples whose name and labels hold `name`; 0 when there are none."""
    return sum(float(line.rpartition(" ")[2]) for line in lines if name in line)


def _send_in_order(run: Run) -> None:
    """Several keys, each with its own sequence, all to one node each: order holds for what one node has taken."""
    for number, node in enumerate(run.place.nodes):
        for actions in ORDERS:
            key = f"{_ordered(run)}{number}-{'-'.join(actions)}"
            for action in actions:
                answer = ask("POST", f"{node.url}/v2/enqueue", event(key, 1, action))
                spooled = answer.status == 202 and answer.headers.get("watchbill-spooled") == "true"
                run.expect(spooled, f"{action} of {key} was answered {answer.status} {answer.body[:200]!r}")
                run.expect(b"disk" in answer.body, f"the answer does not say that it is spooled: {answer.body[:200]!r}")


def _expect_order(run: Run) -> None:
    states = dict(run.place.rows(STATES, {"ordered": f"{_ordered(run)}%"}))
    run.expect(len(states) == len(ORDERS) * len(run.place.nodes), f"of the ordered keys there are {sorted(states)}")
    for key, is_open in states.items():
        run.expect(is_open is str(key).endswith("trigger"), f"{key} is {'open' if is_open else 'resolved'}")
    ends_open = {str(key) for key in states if str(key).endswith("trigger")}
    until(lambda: ends_open <= set(run.place.provider.told(_ordered(run))), "what is open after all was paged")
    wrong = set(run.place.provider.told(_ordered(run))) - ends_open
    run.expect(not wrong, f"paged although resolved in the spool: {sorted(wrong)}")


def _ordered(run: Run) -> str:
    return f"in-order-{run.prefix}"


@contextlib.contextmanager
def _small_disk(node: Running) -> Iterator[bool]:
    """The node's spool lies on a disk of its own, where this machine lets us make one; answers whether it does."""
    spool = node.folder / "data" / "spool"
    node.stop(within=15)
    mounted = _mount(spool)
    node.start()
    try:
        yield mounted
    finally:
        node.stop(within=15)
        if mounted:
            subprocess.run(["umount", str(spool)], check=True)
        node.start()


def _mount(folder: Path) -> bool:
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "none", str(folder)]
    try:
        return _runs(command)
    except OSError:
        return False


def _runs(command: Sequence[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@contextlib.contextmanager
def _restarted(run: Run, node: Running, **settings: str) -> Iterator[None]:
    """The node with other settings, for the length of a `with`."""
    node.stop(within=15)
    with node.having(**settings):
        node.start()
        yield
        node.stop(within=15)
    node.start()


FAULTS = (
    Fault("spool-outage", "the database is stopped for 60 s; the nodes spool", database_stops, 10, 85, spool=True),
    Fault("spool-kill", "kill -9 of nodes that hold spooled events", nodes_die_with_a_spool, 15, 45, spool=True),
    Fault("spool-full", "the disk of the spool is full", disk_is_full, 10, 50, spool=True),
)
