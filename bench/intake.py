"""One event a request on 128 connections, beside Alertmanager and beside a front door that only appends.

A 202 of ours means that alert, incident, journal and first page are committed, and that is counted in the database after
every run.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from statistics import median
from typing import Any

import psycopg
from msgspec import Struct

from bench import organisation
from bench.alertmanager import alertmanager
from bench.append_only import COUNT, append_only
from bench.command import BenchFailed, parser, run
from bench.load import Loaded, load
from bench.organisation import Service
from bench.provider import provider
from bench.report import Bar, Figure, at_least
from bench.requests import alert_request, append_request, event_request
from bench.tree import seconds_of
from bench.watchbill_node import Node, ask, node, scratch_folder, settled

CONNECTIONS = 128
KEYS = 1000
SERVICES = 20
SECONDS, QUICK_SECONDS = 5, 2
ROUNDS, QUICK_ROUNDS = 3, 1
UNLIMITED = 1_000_000  # events a second: the budget of one key is not what is measured here

COMMITTED = """
SELECT (SELECT count(*) FROM incident), (SELECT count(*) FROM alert), (SELECT coalesce(sum(count), 0) FROM alert),
    (SELECT count(DISTINCT incident_id) FROM page WHERE level = 0),
    (SELECT coalesce(sum(coalesce((data->>'times')::int, 1)), 0) FROM journal WHERE kind = 'fact')
"""


class Counts(Struct, frozen=True):
    """What the database holds. `said`: how often alerts were said. `paged`: incidents with a first page. `told`: facts
    in the journal."""

    incidents: int
    alerts: int
    said: int
    paged: int
    told: int

    def since(self, before: "Counts") -> "Counts":
        """What has come since `before`."""
        return Counts(
            self.incidents - before.incidents,
            self.alerts - before.alerts,
            self.said - before.said,
            self.paged - before.paged,
            self.told - before.told,
        )


class Door(Struct, frozen=True):
    """A server under load. `roots`: of the process trees that work for it. `requests`: what is sent to it in a run of
    this name. `check`: told what it accepted."""

    port: int
    roots: tuple[int, ...]
    requests: Callable[[str], Sequence[bytes]]
    keys: int = 0
    check: Callable[[Loaded], None] = lambda loaded: None


class Result(Struct, frozen=True):
    """One run against one server. `cost`: microseconds of processor time for each accepted request, all its processes."""

    loaded: Loaded
    cost: float

    @property
    def per_second(self) -> float:
        """Accepted requests a second."""
        return self.loaded.per_second


class Tally:
    """Counts what the database holds before and after a load, and compares."""

    def __init__(self, ours: Node, link: psycopg.Connection[Any], *, repeated: bool) -> None:
        self._ours = ours
        self._link = link
        self._repeated = repeated
        self._before = settled(self._count)

    def check(self, loaded: Loaded) -> None:
        """Raises BenchFailed unless every 202 is in the database, whole; requests still on their way when the load
        stopped may be there too."""
        self._ours.drain(self._link)
        after = settled(self._count)
        new, self._before = after.since(self._before), after
        if not loaded.accepted <= new.said <= loaded.accepted + CONNECTIONS or new.told != new.said:
            raise BenchFailed(f"{loaded.accepted} events were accepted, but the database counts {new}.")
        if not self._repeated and not new.said == new.alerts == new.incidents == new.paged:
            raise BenchFailed(f"Not every event has its alert, incident and page: {new}.")

    def restart(self) -> None:
        """Begins anew after something else was sent."""
        self._ours.drain(self._link)
        self._before = settled(self._count)

    def _count(self) -> Counts:
        row = self._link.execute(COMMITTED).fetchone()
        assert row is not None, "an aggregate answers one row"
        return Counts(*map(int, row))


def measure(options: argparse.Namespace) -> Iterator[Figure]:
    """The figures of this bench."""
    seconds = QUICK_SECONDS if options.quick else SECONDS
    rounds = QUICK_ROUNDS if options.quick else ROUNDS
    with ExitStack() as held:
        folder = held.enter_context(scratch_folder())
        other_end = held.enter_context(provider(folder))
        peer = held.enter_context(alertmanager(folder, other_end.url))
        settings = {"events_per_second": UNLIMITED, "events_burst": UNLIMITED, "ntfy_url": other_end.url}
        ours = held.enter_context(node(folder, provider_port=other_end.port, settings=settings))
        link = held.enter_context(ours.connect())
        yard = held.enter_context(append_only(folder, ours.database_url))
        people = _services(link, "phone")
        machines = _services(link, "hook", other_end.url)
        organisation.publish(link)

        def run_once(door: Door, name: str) -> Result:
            before = seconds_of(*door.roots)
            loaded = load(
                door.port, door.requests(name), folder=folder, seconds=seconds, connections=CONNECTIONS, keys=door.keys
            )
            cost = (seconds_of(*door.roots) - before) / loaded.accepted * 1e6
            door.check(loaded)
            return Result(loaded, cost)

        once = Tally(ours, link, repeated=False)
        again = Tally(ours, link, repeated=True)
        fresh = Door(ours.port, (ours.pid,), lambda name: _events(people, name), 0, once.check)
        same = Door(ours.port, (ours.pid,), lambda name: _events(people, "same"), KEYS, again.check)
        hooks = Door(ours.port, (ours.pid,), lambda name: _events(machines, f"{name} hook"), 0, once.check)
        their_fresh = Door(peer.port, (peer.pid,), lambda name: [alert_request(f"{name} \x1f")])
        their_same = Door(peer.port, (peer.pid,), lambda name: [alert_request()], KEYS)
        append = Door(
            yard.port,
            (yard.pid, ours.pid),
            lambda name: [append_request()],
            0,
            lambda loaded: _check_appended(link, loaded),
        )

        results: dict[str, list[Result]] = {}
        for number in range(rounds):
            for name, door, tally in (
                ("distinct", fresh, once),
                ("alertmanager.distinct", their_fresh, None),
                ("append_only", append, None),
                ("repeated", same, again),
                ("alertmanager.repeated", their_same, None),
                ("webhooks", hooks, once),
            ):
                if tally is not None:
                    tally.restart()
                results.setdefault(name, []).append(run_once(door, f"round {number}"))
        ceiling = load(
            other_end.port, [append_request()], folder=folder, seconds=seconds, connections=CONNECTIONS
        ).per_second
    yield from _figures(results, ceiling)


def _services(link: psycopg.Connection[Any], name: str, provider_url: str = "") -> list[Service]:
    made = []
    for number in range(SERVICES):
        called = f"{name} {number}"
        if provider_url:
            person = organisation.by_webhook(link, called, provider_url, name)
        else:
            person = organisation.add_person(link, called, channel="ntfy", settings={"topic": f"{name}-{number}"})
        made.append(organisation.add_service(link, called, [person]))
    return made


def _events(services: list[Service], name: str) -> list[bytes]:
    return [event_request(service.key, f"{name} \x1f") for service in services]


def _check_appended(link: psycopg.Connection[Any], loaded: Loaded) -> None:
    if ask(link, COUNT) < loaded.accepted:
        raise BenchFailed("The front door that only appends has not appended what it accepted.")
    link.execute("TRUNCATE bench_append")


def _figures(results: dict[str, list[Result]], ceiling: float) -> Iterator[Figure]:
    for name, bar in (("distinct", at_least(0.4)), ("repeated", at_least(0.7))):
        yield _share(f"intake.{name}.share", results[name], results[f"alertmanager.{name}"], bar)
    yield _share("intake.distinct.share_of_append_only", results["distinct"], results["append_only"], None)
    for name, runs in results.items():
        p50, p99 = median(one.loaded.p50 for one in runs), median(one.loaded.p99 for one in runs)
        refused = sum(one.loaded.refused + one.loaded.broken for one in runs)
        detail = f"answered in {p50:.0f} ms (p50), {p99:.0f} ms (p99)" + (f"; {refused} refused" if refused else "")
        yield Figure(f"intake.{name}", median(one.per_second for one in runs), "requests/s", None, detail)
        costs = [one.cost for one in runs]
        detail = "processor time of all its processes; rounds: " + " ".join(f"{cost:.0f}" for cost in costs)
        yield Figure(f"intake.{name}.cost", median(costs), "µs/request", None, detail)
    yield Figure("intake.ceiling", ceiling, "requests/s", None, "wrk against the bench's own server that does nothing")


def _share(name: str, ours: list[Result], theirs: list[Result], bar: Bar | None) -> Figure:
    """Round by round, then the median: what slows the machine down for a while slows both."""
    shares = [one.per_second / other.per_second for one, other in zip(ours, theirs, strict=True)]
    detail = "rounds: " + " ".join(f"{share:.2f}" for share in shares)
    return Figure(name, median(shares), "x", bar, detail)


if __name__ == "__main__":
    sys.exit(run(measure, parser(__doc__).parse_args()))
