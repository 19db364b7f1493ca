"""Thousands of incidents whose next step falls due at one instant, each paging one person over a real HTTP channel."""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import psycopg

from bench import organisation
from bench.client import Client
from bench.command import BenchFailed, parser, run
from bench.organisation import Service
from bench.provider import Arrival, Provider, provider
from bench.report import Figure, at_most, quantile
from bench.requests import batch_request
from bench.watchbill_node import Node, node, scratch_folder

INCIDENTS, QUICK_INCIDENTS = 6000, 600
PEOPLE = 60
AHEAD = timedelta(seconds=4)  # of the instant, when it is set
PATIENCE = 40.0  # seconds after the instant
AFTERWARDS = 3.0  # seconds in which a second copy would come

# The step that runs ends at one instant for all. The ladder says the same as due_at, as if it had been so all along.
MOVE = """
UPDATE incident SET due_at = %(at)s::timestamptz, ladder = jsonb_set(ladder, '{step_ends_at}', to_jsonb(%(at)s::timestamptz))
WHERE due_at IS NOT NULL
"""


def measure(options: argparse.Namespace) -> Iterator[Figure]:
    """The figures of this bench."""
    incidents = QUICK_INCIDENTS if options.quick else INCIDENTS
    people = min(options.people, incidents)
    with ExitStack() as held:
        folder = held.enter_context(scratch_folder())
        other_end = held.enter_context(provider(folder))
        ours = held.enter_context(node(folder, provider_port=other_end.port))
        link = held.enter_context(ours.connect())
        services = _organisation(link, other_end.url, people)
        asyncio.run(_open(ours, services, incidents // people))
        ours.drain(link)
        asyncio.run(other_end.forget())
        instant = _set_instant(link, incidents)
        asyncio.run(_wait(other_end, instant, incidents))
        arrivals = asyncio.run(other_end.arrivals())
    yield from _figures(arrivals, instant, incidents, people)


def _organisation(link: psycopg.Connection[Any], provider_url: str, people: int) -> list[Service]:
    """As many services as people: the first step pages one person for all, the second each service's own."""
    first = organisation.by_webhook(link, "First", provider_url, "first")
    with link.transaction():
        services = [
            organisation.add_service(
                link,
                f"service {number}",
                [first],
                [organisation.by_webhook(link, f"P{number}", provider_url, "second")],
            )
            for number in range(people)
        ]
        organisation.publish(link)
    return services


async def _open(ours: Node, services: list[Service], each: int) -> None:
    """Opens the incidents, by events as they come from monitors."""
    async with Client(ours.port) as client:
        for service in services:
            answer = await client.send(batch_request(service.key, [f"alert {number}" for number in range(each)]))
            if answer.status != 202:
                raise BenchFailed(f"An event was refused: {answer.status} {answer.body.decode()[:200]}")


def _set_instant(link: psycopg.Connection[Any], incidents: int) -> float:
    """Lets every incident fall due at one instant; answers it by the monotonic clock."""
    row = link.execute("SELECT app_now()").fetchone()
    here = time.monotonic()
    assert row is not None, "a function answers one row"
    moved = link.execute(MOVE, {"at": row[0] + AHEAD}).rowcount
    if moved != incidents:
        raise BenchFailed(f"{moved} incidents wait for their next step, not {incidents}.")
    return here + AHEAD.total_seconds()


async def _wait(other_end: Provider, instant: float, incidents: int) -> None:
    await other_end.until(incidents, within=instant - time.monotonic() + PATIENCE)
    await asyncio.sleep(AFTERWARDS)


def _figures(arrivals: list[Arrival], instant: float, incidents: int, people: int) -> Iterator[Figure]:
    copies = Counter(arrival.id for arrival in arrivals if arrival.path == "/second")
    first: dict[str, float] = {}
    for arrival in arrivals:
        if arrival.path == "/second":
            first.setdefault(arrival.id, arrival.at / 1e9 - instant)
    if not first:
        raise BenchFailed("Nobody was paged.")
    took = list(first.values())
    if min(took) < 0:
        raise BenchFailed(f"A page came {-min(took):.3f} s before its time.")
    detail = f"{incidents} incidents, {people} people; first {min(took):.2f} s, half {quantile(took, 0.5):.2f} s"
    yield Figure("escalation.last_attempt", max(took), "s", at_most(5), detail)
    yield Figure(
        "escalation.missing", incidents - len(first), "pages", at_most(0), f"not attempted in {PATIENCE:.0f} s"
    )
    twice = sum(count - 1 for count in copies.values())
    yield Figure("escalation.twice", twice, "pages", at_most(0), "attempted again although the first was taken")


if __name__ == "__main__":
    made = parser(__doc__)
    made.add_argument("--people", type=int, default=PEOPLE, help="who are paged; 6000: each one once (default: 60)")
    sys.exit(run(measure, made.parse_args()))
