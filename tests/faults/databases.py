"""What happens to PostgreSQL: killed, full of other people's connections, locked by somebody else."""

import contextlib
import signal
import time
from collections.abc import Iterator

import psycopg

from tests.fakes.http import slow
from tests.fakes.waiting import until
from tests.faults.fault import Fault
from tests.faults.load import event
from tests.faults.run import Run, signalled

OTHERS = "others"
MOST = 200
FULL_FOR = 15.0  # seconds

END_NODES = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'nodes'"
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'nodes'"
ONE_OF = (
    "SELECT incident_id, dedup_key FROM alert WHERE service_id = 1 AND dedup_key LIKE %(prefix)s ORDER BY id LIMIT 1"
)


def postmaster_is_killed(run: Run) -> None:
    """kill -9 of the postmaster; two seconds later somebody starts it again."""
    run.place.provider.behave(slow(0.5))
    with run.trouble("the database crashed"):
        signalled(run.place.postmaster(), signal.SIGKILL)
        until(lambda: not run.place.postgres.alive(), "the postmaster is dead")
        run.wait(2)
        run.place.postgres.start()
        run.well_from()
        run.wait(1)
    run.place.until_ready()
    run.figures["nodes_ready_after_s"] = time.monotonic() - run.well_since[0]


def connections_run_out(run: Run) -> None:
    """Somebody else takes every connection, also those that the nodes had; after a while they are free again."""
    with run.trouble("no connections"):
        with contextlib.ExitStack() as taken:
            count = _take_all(run, taken)
            run.wait(FULL_FOR)
            ((left,),) = run.place.rows(SESSIONS)
            run.figures["connections_taken"], run.figures["connections_of_nodes"] = count, left
            run.expect(left == 0, f"the nodes still had {left} connections, so nothing was proved")
        run.well_from()
        run.wait(1)
    run.place.until_ready()
    run.figures["nodes_ready_after_s"] = time.monotonic() - run.well_since[0]


def locks_are_held(run: Run) -> None:
    """An incident's row, a service and a recipient, each in a transaction that does not end; a fourth service is free."""
    ((incident, key),) = until(lambda: run.rows_of(ONE_OF), "service 1 has an incident", every=0.2)
    with contextlib.ExitStack() as held:
        held.enter_context(run.place.holding("SELECT 1 FROM incident WHERE id = %s FOR UPDATE", [incident]))
        held.enter_context(run.place.holding("SELECT pg_advisory_xact_lock(7120402, %s)", [2]))
        held.enter_context(run.place.holding("SELECT 1 FROM recipient WHERE method_id = %s FOR UPDATE", [3]))
        end = run.load.also(event(str(key), 1, "resolve"))
        run.wait(run.minute(quick=12))
        run.expect(not end.done(), "an event about a locked incident was taken while the lock was held")
    run.well_from(None, 1, 2, 3)
    end.result(timeout=30)
    run.figures["held_incident_resolved_after_s"] = time.monotonic() - run.well_since[2]
    resolved = run.place.rows("SELECT status FROM incident WHERE id = %s", [incident])
    run.figures["others_of_its_service_s"] = max(
        told - run.load.taken[other].asked
        for other, told in run.told().items()
        if other in run.load.taken and run.load.taken[other].service == 1
    )
    run.expect(resolved == [("resolved",)], f"the held incident is {resolved}")


def _take_all(run: Run, taken: contextlib.ExitStack) -> int:
    """The nodes' sessions end again and again until the others have all connections."""
    run.place.rows("DO $$ BEGIN CREATE ROLE others LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    count = 0

    def full() -> bool:
        nonlocal count
        run.place.rows(END_NODES)  # it comes in on a connection that is kept for a superuser
        for link in _connections(run):
            taken.callback(link.close)
            count += 1
        return run.place.rows(SESSIONS) == [(0,)]

    until(full, "others have all connections", seconds=20, every=0.05)
    return count


def _connections(run: Run) -> Iterator["psycopg.Connection[object]"]:
    """As many as there are."""
    url = run.place.postgres.url.replace("watchbill@", f"{OTHERS}@")
    for _ in range(MOST):
        try:
            yield psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError:
            return


FAULTS = (
    Fault("kill-postmaster", "kill -9 of the postmaster", postmaster_is_killed, bar=5, lasts=20),
    Fault("no-connections", "others take every connection of PostgreSQL", connections_run_out, bar=10, lasts=40),
    Fault("hold-locks", "locks on an incident, a service and a recipient for 60 s", locks_are_held, bar=10, lasts=75,
          elsewhere=5, may_double=False),
)  # fmt: skip
