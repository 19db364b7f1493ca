"""Memory of the whole process tree, idle and after a storm, and how long a start takes."""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from bench.command import parser, run
from bench.provider import provider
from bench.report import Figure, at_most
from bench.storm import EVENTS, QUICK_EVENTS, seed, storm
from bench.tree import pss_of, role_of, tree_of
from bench.watchbill_node import Node, scratch_folder

STARTS, QUICK_STARTS = 5, 1
SETTLED = 5.0  # seconds until a figure is read


def measure(options: argparse.Namespace) -> Iterator[Figure]:
    """The figures of this bench."""
    with ExitStack() as held:
        folder = held.enter_context(scratch_folder())
        other_end = held.enter_context(provider(folder))
        ours = Node(folder, provider_port=other_end.port)
        held.callback(ours.stop)
        cold = ours.start()
        warm = [_restart(ours) for _ in range(QUICK_STARTS if options.quick else STARTS)]
        yield Figure("footprint.start.cold", cold, "s", at_most(6), "makes the database; until /readyz says 200")
        detail = "until /readyz says 200; starts: " + " ".join(f"{seconds:.2f}" for seconds in warm)
        yield Figure("footprint.start.warm", median(warm), "s", at_most(2), detail)
        time.sleep(SETTLED)
        yield _memory("footprint.idle", ours, 220)
        with ours.connect() as link:
            a, b = seed(link, other_end.url)
        asyncio.run(storm(ours, other_end, a, b, QUICK_EVENTS if options.quick else EVENTS))
        time.sleep(SETTLED)
        yield _memory("footprint.after_storm", ours, 450)


def _restart(ours: Node) -> float:
    ours.stop()
    return ours.start()


def _memory(name: str, ours: Node, limit: float) -> Figure:
    parts: dict[str, list[int]] = {}
    for process in tree_of(ours.pid):
        parts.setdefault(role_of(process), []).append(pss_of(process))
    detail = ", ".join(f"{len(sizes)} {part} {sum(sizes) / 2**20:.0f}" for part, sizes in sorted(parts.items()))
    return Figure(name, sum(map(sum, parts.values())) / 2**20, "MB", at_most(limit), f"PSS: {detail}")


if __name__ == "__main__":
    sys.exit(run(measure, parser(__doc__).parse_args()))
