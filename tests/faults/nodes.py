"""What happens to nodes: killed in a row, frozen in the middle of a send, and restarted one after another."""

import os
import signal
import time

from tests.fakes.http import ok, slow
from tests.fakes.running import Running
from tests.fakes.waiting import until
from tests.faults.fault import Fault
from tests.faults.run import Run, signalled

LEASE = 30.0  # seconds
SENDING = 4.0  # seconds that the provider takes while a node is to die in the middle of a send
LIVES_ON = 2.0  # seconds for which a write that was on its way may still arrive

PAGES = "SELECT p.id, p.state, p.fence, p.attempts, p.outcome, p.settled_at FROM page p WHERE p.id = ANY(%s) ORDER BY 1"


def nodes_are_killed(run: Run) -> None:
    """kill -9 of one node's process after the other, each while it sends; their supervisors start them anew."""
    for node in run.place.nodes[:2]:
        with run.trouble("the node was killed") as trouble:
            _die_sending(run, node, node.node())
        _told_again(run, trouble.began)
        run.wait(1)
    _wait_for_leases(run)


def trees_are_killed(run: Run) -> None:
    """kill -9 of a supervisor, whose node goes with it, each while it sends; they come back when others have done their
    work."""
    killed = run.place.nodes[:2]
    in_flight: set[str] = set()
    for node in killed:
        assert node.process is not None
        with run.trouble("the node was killed") as trouble:
            in_flight |= _die_sending(run, node, node.process.pid)
            node.process.wait()
        _told_again(run, trouble.began)
    died = run.well_since[0]
    until(lambda: in_flight <= set(run.told_after(died, in_flight)), "others tell it", seconds=40, every=0.1)
    dead = {node.port for node in killed}
    by_dead = [key for key, port in run.told_after(died + LIVES_ON, in_flight).items() if port in dead]
    run.expect(not by_dead, f"a dead node has told {by_dead}")
    for node in killed:
        node.start(ready=False)
    run.place.until_ready()


def a_node_is_frozen(run: Run) -> None:
    """SIGSTOP in the middle of a send, for longer than a lease; what the node writes when it wakes changes nothing."""
    node = run.place.nodes[0]
    process = node.node()
    read = node.log.stat().st_size
    run.place.provider.behave(slow(SENDING))
    keys = run.burst_to(node)
    with run.trouble("the node was frozen"):
        stopped = signalled(process, signal.SIGSTOP)
        run.again_after.update(dict.fromkeys(keys, stopped))
        try:
            run.place.provider.behave(ok())
            run.well_from(stopped)
            run.wait(LEASE + 5.0)
            again = run.told_after(stopped, keys)
            missing = keys - set(again)
            run.expect(not missing, f"not told again within 35 s by another node: {sorted(missing)}")
            run.expect(node.port not in again.values(), "the frozen node has told a page")
            pages = [one.page for one in run.place.provider.of(run.prefix) if one.key in keys]
            before = run.place.rows(PAGES, [pages])
        finally:
            os.kill(process, signal.SIGCONT)
        _wakes(run, node, set(pages), read)
    run.expect(run.place.rows(PAGES, [pages]) == before, "the woken node has changed a page that was another's by then")
    run.figures["pages_of_the_frozen"] = len(set(pages))


def nodes_are_restarted(run: Run) -> None:
    """SIGTERM of one node after another, in the middle of a send, each started again before the next: an update while
    events come in."""
    run.well_from()
    run.place.provider.behave(slow(1.0))
    for node in run.place.nodes:
        run.burst_to(node)
        began = time.monotonic()
        run.expect(node.stop(within=15) == 0, f"{node.folder.name} ended badly at SIGTERM")
        run.figures["worst_stop_s"] = max(run.figures.get("worst_stop_s", 0.0), time.monotonic() - began)
        run.wait(1)
        node.start(ready=False)
        run.place.until_ready()


def _die_sending(run: Run, node: Running, process: int) -> set[str]:
    """Kills `process` while `node` sends; answers the keys of what it was sending."""
    run.place.provider.behave(slow(SENDING))
    keys = run.burst_to(node)
    run.well_from(signalled(process, signal.SIGKILL))
    run.again_after.update(dict.fromkeys(keys, run.well_since[0]))
    run.place.provider.behave(ok())
    return keys


def _told_again(run: Run, died: float) -> None:
    """The death explains what is told again until its leases are over."""
    run.troubles[-1].ended = died + LIVES_ON


def _wait_for_leases(run: Run) -> None:
    """The pages that died with a node are told by whoever claims them when their lease is over."""
    run.wait(max(0.0, run.well_since[0] + LEASE - time.monotonic()))
    run.place.until_ready()


def _wakes(run: Run, node: Running, pages: set[int], read: int) -> None:
    """Until the node has handed in what became of each message that was on its way, and has written again."""

    def all_reported() -> bool:
        reported = {line.get("page") for line in run.logged(node, "page_attempted", after=read)}
        return pages <= reported

    until(all_reported, "the woken node says how its sends ended", seconds=20, every=0.2)
    until(node.is_ready, "the woken node is ready", seconds=20, every=0.2)
    run.wait(2)


FAULTS = (
    Fault("kill-nodes", "kill -9 of nodes in a row", nodes_are_killed, bar=35, lasts=45),
    Fault("kill-trees", "kill -9 of whole process trees in a row", trees_are_killed, bar=35, lasts=50),
    Fault("freeze-node", "SIGSTOP for longer than the lease, then SIGCONT", a_node_is_frozen, bar=35, lasts=50),
    Fault(
        "rolling-restart", "SIGTERM of one node after another", nodes_are_restarted, bar=10, lasts=30, may_double=False
    ),
)
