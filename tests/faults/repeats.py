"""The same event from several monitors at once."""

import http.client
import time
from concurrent.futures import ThreadPoolExecutor

from tests.fakes.running import ask
from tests.faults.fault import Fault
from tests.faults.load import PATIENCE, Taken, event
from tests.faults.run import Run

TIMES, CONNECTIONS = 5, 3

COUNTED = "SELECT sum(count)::int FROM alert WHERE dedup_key LIKE %(prefix)s AND dedup_key LIKE '%%same%%'"


def events_come_again(run: Run) -> None:
    """One event, five times over each of three connections at once, each to another node; twenty such events."""
    run.well_from()
    answered = 0
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for number in range(20):
            key = f"{run.prefix}same-{number}"
            began = time.monotonic()
            said = list(pool.map(lambda at, key=key: _five_times(run, key, at), range(CONNECTIONS)))
            answered += sum(said)
            run.expect(said == [TIMES] * CONNECTIONS, f"{key}: taken {said} times instead of {TIMES} each")
            taken = Taken(began, time.monotonic(), 1, run.place.nodes[0].port, spooled=False)
            run.load.taken[key] = taken
    ((counted,),) = run.rows_of(COUNTED)
    run.expect(counted == answered, f"{answered} were taken, {counted} were counted")
    run.figures["events_repeated"] = answered


def _five_times(run: Run, key: str, at: int) -> int:
    node = run.place.nodes[at % len(run.place.nodes)]
    taken = 0
    for _ in range(TIMES):
        try:
            taken += ask("POST", f"{node.url}/v2/enqueue", event(key, 1), timeout=PATIENCE).status == 202
        except (OSError, http.client.HTTPException):
            continue
    return taken


FAULTS = (
    Fault("repeat-events", "the same event x5 over three connections at once", events_come_again, bar=5, lasts=8,
          may_double=False),
)  # fmt: skip
