"""From the POST of one alert to the request at the channel's server, on an idle system, beside Alertmanager."""

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack

from bench import organisation
from bench.alertmanager import DEFAULT_GROUP_WAIT, alertmanager
from bench.client import Client
from bench.command import BenchFailed, parser, run
from bench.provider import Arrival, Provider, provider
from bench.report import Figure, at_most, quantile
from bench.requests import alert_request, event_request
from bench.watchbill_node import node, scratch_folder

RUNS, QUICK_RUNS = 500, 60
WARM_UP = 20
WAITING_RUNS = 20  # of Alertmanager's default, all at once, each in a group of its own
PAUSE = 0.010, 0.030  # seconds between runs: random, so that nothing falls into step
PATIENCE = 10.0  # seconds that one page may take

Sent = dict[str, int]
"""Name of an alert, and when its request was written: nanoseconds of the monotonic clock."""


def measure(options: argparse.Namespace) -> Iterator[Figure]:
    """The figures of this bench."""
    runs = QUICK_RUNS if options.quick else RUNS
    with ExitStack() as held:
        folder = held.enter_context(scratch_folder())
        other_end = held.enter_context(provider(folder))
        peer = held.enter_context(alertmanager(folder, other_end.url))
        ours = held.enter_context(node(folder, provider_port=other_end.port))
        with ours.connect() as link:
            ana = organisation.by_webhook(link, "Ana", other_end.url, "watchbill")
            service = organisation.add_service(link, "checkout", [ana])
            organisation.publish(link)
        sent, answered, arrivals = asyncio.run(_run(ours.port, peer.port, other_end, service.key, runs, options.quick))
    yield from _figures(sent, answered, _arrived(arrivals))


async def _run(
    ours: int, peer: int, other_end: Provider, key: str, runs: int, quick: bool
) -> tuple[Sent, Sent, list[Arrival]]:
    """One of ours, one of theirs, in turn: whatever else happens on the machine happens to both."""
    sent: Sent = {}
    answered: Sent = {}
    async with Client(ours) as watchbill, Client(peer) as alertmanager:

        def to_watchbill(name: str) -> Awaitable[object]:
            return watchbill.send(event_request(key, name, name))

        def to_alertmanager(name: str) -> Awaitable[object]:
            return alertmanager.send(alert_request(name, route="now"))

        for number in range(-WARM_UP, runs):
            for kind, send in (("ours", to_watchbill), ("now", to_alertmanager)):
                name = f"{kind} {number}"
                await _one(name, send, other_end, sent, answered)
                await asyncio.sleep(random.uniform(*PAUSE))
        if not quick:
            for number in range(WAITING_RUNS):
                sent[f"default {number}"] = time.monotonic_ns()
                await alertmanager.send(alert_request(f"default {number}", route="default"))
            await other_end.until(len(sent), within=DEFAULT_GROUP_WAIT + PATIENCE)
    return sent, answered, await other_end.arrivals()


async def _one(
    name: str, send: Callable[[str], Awaitable[object]], other_end: Provider, sent: Sent, answered: Sent
) -> None:
    sent[name] = time.monotonic_ns()
    await send(name)
    answered[name] = time.monotonic_ns()
    if not await other_end.until(len(sent), within=PATIENCE):
        raise BenchFailed(f"Nobody was told of alert {name!r} within {PATIENCE:.0f} s.")


def _arrived(arrivals: list[Arrival]) -> dict[str, int]:
    arrived: dict[str, int] = {}
    for arrival in arrivals:
        told = json.loads(arrival.body)
        if arrival.path == "/watchbill":
            arrived.setdefault(told["data"]["incident"]["title"], arrival.at)
        else:
            for alert in told["alerts"]:
                arrived.setdefault(alert["labels"]["instance"], arrival.at)
    return arrived


def _figures(sent: Sent, answered: Sent, arrived: dict[str, int]) -> Iterator[Figure]:
    def took(kind: str, until: dict[str, int]) -> list[float]:
        names = (f"{kind} {number}" for number in range(RUNS))
        return [(until[name] - sent[name]) / 1e6 for name in names if name in sent and name in until]

    ours, theirs, waited = took("ours", arrived), took("now", arrived), took("default", arrived)
    yield Figure("latency.p50", quantile(ours, 0.5), "ms", at_most(10), f"{len(ours)} alerts, one after another")
    yield Figure("latency.p99", quantile(ours, 0.99), "ms", at_most(50), f"largest {max(ours):.1f} ms")
    yield Figure(
        "latency.accepted.p50", quantile(took("ours", answered), 0.5), "ms", None, "POST to 202: all of it committed"
    )
    yield Figure("latency.alertmanager.p50", quantile(theirs, 0.5), "ms", None, "told to wait 0 s (group_wait: 0s)")
    yield Figure("latency.alertmanager.p99", quantile(theirs, 0.99), "ms")
    if waited:
        detail = f"its default group_wait, {len(waited)} groups at once"
        yield Figure("latency.alertmanager_default.p50", quantile(waited, 0.5), "ms", None, detail)


if __name__ == "__main__":
    sys.exit(run(measure, parser(__doc__).parse_args()))
