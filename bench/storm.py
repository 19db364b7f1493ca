"""A storm on one service of team A, at its own pace whatever the answers, while team B has one alert a second."""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median
from typing import Any

import psycopg
from msgspec import Struct

from bench import organisation
from bench.client import Clients
from bench.command import BenchFailed, parser, run
from bench.organisation import Service
from bench.provider import Provider, provider
from bench.report import Figure, at_most, quantile
from bench.requests import event_request
from bench.watchbill_node import Node, node, scratch_folder

EVENTS, QUICK_EVENTS = 10_000, 2_000
PER_SECOND = 500
CONNECTIONS = 64
PATIENCE = 60.0  # seconds after the storm
CALM = "calm"  # begins the titles of team B's alerts


class Weather(Struct, frozen=True):
    """What a storm came to. `statuses`: how many answers of each, both teams. `behind`: milliseconds by which the worst
    event was sent after its time: the load generator's own lag. `calm`: milliseconds from each of team B's alerts to its
    first attempt. `attempted`: pages of the storm that reached the provider, and `drained`: seconds until the last."""

    statuses: dict[int, int]
    behind: float
    calm: list[float]
    missing: int
    attempted: int
    drained: float


def seed(link: psycopg.Connection[Any], provider_url: str) -> tuple[Service, Service]:
    """Team A and team B, each with a service and one person. Both are paged over the same channel, one page at a time:
    the storm is in the very lane that team B's pages go through."""
    services = []
    for name in ("A", "B"):
        person = organisation.by_webhook(link, f"Person {name}", provider_url, name)
        services.append(organisation.add_service(link, f"Service {name}", [person]))
    organisation.publish(link)
    return services[0], services[1]


async def storm(ours: Node, other_end: Provider, a: Service, b: Service, events: int) -> Weather:
    """Sends the storm and waits until its pages have been attempted, PATIENCE at most."""
    sent: dict[str, int] = {}
    statuses: Counter[int] = Counter()
    behind: list[float] = []
    start = time.monotonic() + 0.5
    async with Clients(ours.port, CONNECTIONS) as stormy, Clients(ours.port, 2) as calm:

        async def send(clients: Clients, request: bytes, at: float) -> None:
            behind.append(time.monotonic() - at)
            statuses[(await clients.send(request)).status] += 1

        async with asyncio.TaskGroup() as tasks:
            for number in range(events):
                at = start + number / PER_SECOND
                await asyncio.sleep(max(0.0, at - time.monotonic()))
                tasks.create_task(send(stormy, event_request(a.key, f"storm {number}", f"storm {number}"), at))
                if number % PER_SECOND == PER_SECOND // 2:
                    name = f"{CALM} {number}"
                    sent[name] = time.monotonic_ns()
                    tasks.create_task(send(calm, event_request(b.key, name, name), at))
    over = time.monotonic()
    await other_end.until(statuses[202], within=PATIENCE)
    arrivals = await other_end.arrivals()
    arrived: dict[str, int] = {}
    for arrival in arrivals:
        if arrival.path == "/B":
            arrived.setdefault(json.loads(arrival.body)["data"]["incident"]["title"], arrival.at)
    took = [(arrived[name] - at) / 1e6 for name, at in sent.items() if name in arrived]
    stormy_at = [arrival.at / 1e9 for arrival in arrivals if arrival.path == "/A"]
    drained = max(0.0, max(stormy_at, default=over) - over)
    return Weather(dict(statuses), max(behind) * 1000, took, len(sent) - len(took), len(stormy_at), drained)


def measure(options: argparse.Namespace) -> Iterator[Figure]:
    """The figures of this bench."""
    events = QUICK_EVENTS if options.quick else EVENTS
    with ExitStack() as held:
        folder = held.enter_context(scratch_folder())
        other_end = held.enter_context(provider(folder))
        ours = held.enter_context(node(folder, provider_port=other_end.port))
        with ours.connect() as link:
            a, b = seed(link, other_end.url)
        weather = asyncio.run(storm(ours, other_end, a, b, events))
    yield from _figures(weather)


def _figures(weather: Weather) -> Iterator[Figure]:
    if not weather.calm:
        raise BenchFailed("None of team B's alerts was paged.")
    worst = quantile(weather.calm, 0.99) / 1000
    detail = f"{len(weather.calm)} alerts, p50 {median(weather.calm):.0f} ms"
    yield Figure("storm.other_team.p99", worst, "s", at_most(1), detail)
    yield Figure("storm.other_team.missing", weather.missing, "pages", at_most(0))
    taken = weather.statuses.get(202, 0)
    others = {status: count for status, count in sorted(weather.statuses.items()) if status != 202}
    yield Figure(
        "storm.accepted", taken, "events", None, f"at {PER_SECOND} a second; other answers: {others or 'none'}"
    )
    detail = f"{weather.attempted} pages of the storm were attempted in all"
    yield Figure("storm.drained", weather.drained, "s", None, f"after the last answer; {detail}")
    yield Figure("storm.generator_behind", weather.behind, "ms", None, "worst lag of the load itself")


if __name__ == "__main__":
    sys.exit(run(measure, parser(__doc__).parse_args()))
