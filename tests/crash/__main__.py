"""The proof run: `python -m tests.crash --all --kill9 500 --double 2000 --json crash.json`."""

import argparse
import json
import os
import random
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import msgspec
from rich.console import Console
from rich.progress import Progress

from tests.crash.hall import Hall
from tests.crash.proof import (
    Draw,
    Proof,
    all_points,
    count_points,
    hall_of,
    quiet,
    seen_by_django,
    sweep,
    sweep_killed,
    sweep_torn,
    sweep_twice,
)
from tests.crash.scenarios import SCENARIOS
from tests.crash.sweep import run
from tests.database import server

SAID_EVERY = 500  # runs
SHOWN = 20  # failures on the screen; all are in the file


def main() -> int:
    """Runs what was asked for; 1 where anything failed."""
    asked = _asked()
    proof = Proof(seed=asked.seed)
    began = perf_counter()
    try:
        with quiet(), hall_of(server.url, f"watchbill_crash_{os.getpid()}") as hall, seen_by_django(hall):
            _run(hall, asked, proof)
    finally:
        server.stop()
    proof.seconds = round(perf_counter() - began, 1)
    if asked.json:
        Path(asked.json).write_text(json.dumps(msgspec.to_builtins(proof), indent=2) + "\n")
    for failure in proof.failures[:SHOWN]:
        print(failure, file=sys.stderr)
    said = {name: value for name, value in msgspec.to_builtins(proof).items() if name not in ("scenarios", "failures")}
    print(json.dumps({**said, "failures": len(proof.failures)}))
    return 1 if proof.failures else 0


def _run(hall: Hall, asked: argparse.Namespace, proof: Proof) -> None:
    calm = count_points(hall)
    proof.scenarios = {name: len(ran.ways[0]) for name, ran in calm.items()}
    every = all_points(calm)
    proof.points = len(every)
    for name, ran in calm.items():
        proof.add(name, (), ran)
    if asked.scenario and asked.point:
        _run_one(hall, asked, proof)
        return
    chance = random.Random(asked.seed)
    mine = [draw for draw in every if not asked.scenario or draw[0] == asked.scenario]
    once = mine if asked.all or asked.scenario else _sample(chance, mine, asked.sample)
    counts = asked.kill9, asked.torn, asked.double
    drawn = [once, *(_sample(chance, mine, count) for count in counts)]
    once, killed, torn, twice = (_part(draws, asked.part) for draws in drawn)
    with _progress(len(once) + len(killed) + len(torn) + len(twice)) as passed:
        sweep(hall, once, proof, passed)
        sweep_killed(hall, killed, proof, passed)
        sweep_torn(hall, torn, proof, passed)
        sweep_twice(hall, twice, proof, random.Random(asked.seed), passed)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """Shows how far it is and how long it still takes: on a terminal all the time, elsewhere a line now and then."""
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task, began = progress.add_task("dying", total=total), perf_counter()

        def passed() -> None:
            progress.advance(task)
            done = int(progress.tasks[0].completed)
            if not console.is_terminal and done % SAID_EVERY == 0:
                left = (perf_counter() - began) / done * (total - done)
                console.print(f"{done} of {total}, {left:.0f} s left")

        yield passed


def _run_one(hall: Hall, asked: argparse.Namespace, proof: Proof) -> None:
    draws = [(asked.scenario, asked.point[0])]
    if asked.kill9:
        sweep_killed(hall, draws, proof)
    elif asked.torn:
        sweep_torn(hall, draws, proof)
    else:
        proof.add(asked.scenario, asked.point, run(hall, SCENARIOS[asked.scenario], asked.point))
        proof.run += 1


def _sample(chance: random.Random, draws: Sequence[Draw], count: int) -> list[Draw]:
    """So many of them; more than once where there are not so many."""
    return chance.sample(draws, count) if count <= len(draws) else chance.choices(draws, k=count)


def _part(draws: Sequence[Draw], part: tuple[int, int]) -> list[Draw]:
    number, parts = part
    return list(draws[number - 1 :: parts])


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.crash", description="Lets nodes die, and looks what is lost."
    )
    parser.add_argument("--all", action="store_true", help="die at every point of every scenario")
    parser.add_argument("--sample", type=int, default=300, metavar="N", help="die at so many points drawn at random")
    parser.add_argument("--kill9", type=int, default=0, metavar="N", help="also so many real kill -9 of a process")
    parser.add_argument("--torn", type=int, default=0, metavar="N", help="also so many connections that tear")
    parser.add_argument("--double", type=int, default=0, metavar="N", help="also die twice, so many times")
    parser.add_argument("--seed", type=int, default=None, help="of the draw; else a new one")
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), help="only this one")
    parser.add_argument("--point", type=_points, default=(), metavar="K[,K]", help="only this point of it")
    parser.add_argument("--json", metavar="FILE", help="where the figures go")
    parser.add_argument("--part", type=_part_of, default=(1, 1), metavar="I/N", help="only this share, for N processes")
    asked = parser.parse_args()
    if asked.seed is None:
        asked.seed = secrets.randbits(32)
    return asked


def _points(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


def _part_of(text: str) -> tuple[int, int]:
    number, _, parts = text.partition("/")
    if not 1 <= int(number) <= int(parts):
        raise argparse.ArgumentTypeError("Write it as 1/2.")
    return int(number), int(parts)


if __name__ == "__main__":
    sys.exit(main())
