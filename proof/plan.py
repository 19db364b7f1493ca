"""What is run, in pieces: each is a program of its own, writes one JSON file, and is not run again when it has."""

import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

SEEDS, SEEDS_OF_A_PIECE, DAYS, PROFILE = 20_000, 250, 7, "chaos"
QUICK_SEEDS, QUICK_SEEDS_OF_A_PIECE = 200, 50
CRASH_PARTS, CRASH_SEED = 4, 1
KILLS, TEARS, TWICE = 120, 400, 400
PLANTED_PARTS = 4
QUICK_YEARS = ("2026", "2027")
QUICK_PLANTED = (
    "marked-before-the-send",
    "leased-pages-never-reclaimed",
    "backlog-replayed",
    "not-theirs-ignored",
    "full-spool-says-yes",
)

STAGES = ("faults", "crash", "planted", "zones", "sim")
"""In the order in which they are begun; what is quick and can wait comes last."""


class Piece(Struct, frozen=True, kw_only=True):
    """`words`: the program and its options, after the interpreter. `seconds`: about how long it takes on one of two
    cores. `alone`: nothing runs beside it but a piece of the simulator that gives way."""

    stage: str
    name: str
    words: tuple[str, ...]
    seconds: float
    alone: bool = False

    def command(self, report: Path) -> list[str]:
        """What to run, from the root of the checkout."""
        return [sys.executable, *self.words, "--json", str(report)]


def pieces(*, quick: bool) -> Sequence[Piece]:
    """All of them, by stage."""
    return (*_faults(quick), *_crash(quick), *_planted(quick), *_zones(quick), *_sim(quick))


def _sim(quick: bool) -> list[Piece]:
    seeds, size = (QUICK_SEEDS, QUICK_SEEDS_OF_A_PIECE) if quick else (SEEDS, SEEDS_OF_A_PIECE)
    return [
        Piece(
            stage="sim",
            name=f"sim-{first:06}",
            words=("-m", "sim", "--seeds", f"{first}..{first + size - 1}", "--days", str(DAYS), "--profile", PROFILE),
            seconds=size * 0.09,
        )
        for first in range(1, seeds + 1, size)
    ]


def _crash(quick: bool) -> list[Piece]:
    parts = 2 if quick else CRASH_PARTS
    often = ("--sample", "100") if quick else ("--all",)
    counts = (4, 10, 10) if quick else (KILLS, TEARS, TWICE)
    named = zip(("--kill9", "--torn", "--double"), map(str, counts), strict=True)
    options = (*often, *(word for pair in named for word in pair), "--seed", str(CRASH_SEED))
    return [
        Piece(
            stage="crash",
            name=f"crash-{part}-of-{parts}",
            words=("-m", "tests.crash", *options, "--part", f"{part}/{parts}"),
            seconds=12.0 if quick else 150.0,
        )
        for part in range(1, parts + 1)
    ]


def _faults(quick: bool) -> list[Piece]:
    options = ("--quick", "--times", "1", "--jobs", "4") if quick else ("--times", "5", "--jobs", "4")
    words = ("-m", "tests.faults", *options)
    return [Piece(stage="faults", name="faults", words=words, seconds=100.0 if quick else 875.0, alone=True)]


def _planted(quick: bool) -> list[Piece]:
    parts = 2 if quick else PLANTED_PARTS
    only = ("--only", *QUICK_PLANTED) if quick else ()
    return [
        Piece(
            stage="planted",
            name=f"planted-{part}-of-{parts}",
            words=("-m", "tests.planted", *only, "--jobs", "1", "--part", f"{part}/{parts}"),
            seconds=40.0 if quick else 200.0,
        )
        for part in range(1, parts + 1)
    ]


def _zones(quick: bool) -> list[Piece]:
    years = ("--years", *QUICK_YEARS) if quick else ()
    return [Piece(stage="zones", name="zones", words=("-m", "proof.zones", *years), seconds=8.0 if quick else 60.0)]
