"""500 events a request on our own batch route, repetitions of 1,000 keys: how much a storm that is already known costs."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from bench import organisation
from bench.command import BenchFailed, parser, run
from bench.load import load
from bench.provider import provider
from bench.report import Figure, at_least
from bench.requests import batch_request
from bench.tree import seconds_of
from bench.watchbill_node import ask, node, scratch_folder, settled

EVENTS = 500  # a request
KEYS = 1000
CONNECTIONS = 4
SECONDS, QUICK_SECONDS = 5, 2
ROUNDS, QUICK_ROUNDS = 3, 1
UNLIMITED = 10_000_000

SAID = "SELECT coalesce(sum(count), 0) FROM alert"


def measure(options: argparse.Namespace) -> Iterator[Figure]:
    """The figures of this bench."""
    seconds = QUICK_SECONDS if options.quick else SECONDS
    with ExitStack() as held:
        folder = held.enter_context(scratch_folder())
        other_end = held.enter_context(provider(folder))
        settings = {"events_per_second": UNLIMITED, "events_burst": UNLIMITED}
        ours = held.enter_context(node(folder, provider_port=other_end.port, settings=settings))
        link = held.enter_context(ours.connect())
        ana = organisation.by_webhook(link, "Ana", other_end.url, "ana")
        service = organisation.add_service(link, "checkout", [ana])
        organisation.publish(link)
        keys = [f"disk {number}" for number in range(KEYS)]
        requests = [batch_request(service.key, keys[start : start + EVENTS]) for start in range(0, KEYS, EVENTS)]
        load(ours.port, requests, folder=folder, seconds=1, connections=2)  # opens the alerts and pages once
        rates, answers, costs = [], [], []
        for _ in range(QUICK_ROUNDS if options.quick else ROUNDS):
            ours.drain(link)
            before = settled(lambda: ask(link, SAID))
            used = seconds_of(ours.pid)
            loaded = load(ours.port, requests, folder=folder, seconds=seconds, connections=CONNECTIONS)
            used = seconds_of(ours.pid) - used
            said = settled(lambda: ask(link, SAID)) - before
            if not 0 <= said - loaded.accepted * EVENTS <= CONNECTIONS * EVENTS:
                raise BenchFailed(f"{loaded.accepted * EVENTS} events were accepted, but the database counts {said}.")
            rates.append(loaded.per_second * EVENTS)
            answers.append(loaded.p50)
            costs.append(used / loaded.accepted / EVENTS * 1e6)
    detail = f"{EVENTS} a request, {CONNECTIONS} connections, answered in {median(answers):.0f} ms (p50); rounds: "
    detail += " ".join(f"{rate:,.0f}" for rate in rates)
    yield Figure("batch.repeated", median(rates), "events/s", at_least(25_000), detail)
    detail = "processor time of node and database; rounds: " + " ".join(f"{cost:.0f}" for cost in costs)
    yield Figure("batch.repeated.cost", median(costs), "µs/event", None, detail)


if __name__ == "__main__":
    sys.exit(run(measure, parser(__doc__).parse_args()))
