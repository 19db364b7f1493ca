"""Pieces are run once, side by side where they may be, and an end without figures is no result."""

import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from proof.kept import Kept
from proof.plan import STAGES, Piece, pieces
from proof.runner import Runner, UnderWay, next_piece

WRITES = "import json, sys; print('said'); json.dump({'n': 1}, open(sys.argv[-1], 'w')); sys.exit(%d)"


def piece(name: str, code: str = WRITES % 0, *, stage: str = "sim", alone: bool = False) -> Piece:
    return Piece(stage=stage, name=name, words=("-c", code), seconds=1.0, alone=alone)


def run(kept: Kept, *some: Piece) -> list[str]:
    ended: list[str] = []
    runner = Runner(some, kept)
    runner.changed = lambda one, left_figures: ended.append(one.piece.name) if one is not None else None
    runner.run()
    return ended


def test_what_has_figures_is_not_run_again(tmp_path: Path) -> None:
    first, second = piece("a"), piece("b", WRITES % 1)
    assert run(Kept(tmp_path), first) == ["a"]
    kept = Kept(tmp_path)
    assert run(kept, first, second) == ["b"]
    results = kept.results([first, second])["sim"]
    assert [(result.name, result.status, result.told) for result in results] == [("a", 0, {"n": 1}), ("b", 1, {"n": 1})]
    assert kept.log(first).read_text() == "said\n"


@pytest.mark.parametrize("code", ["raise SystemExit(1)", "import os; os.abort()", WRITES % 3])
def test_what_ends_without_figures_is_said_and_run_again(tmp_path: Path, code: str) -> None:
    kept = Kept(tmp_path)
    broken = piece("a", code)
    run(kept, broken)
    assert not kept.has(broken)
    assert "wrote no figures; see a.log" in kept.broken["a"]
    assert run(kept, piece("a")) == ["a"]
    assert not kept.broken


def test_a_run_that_is_broken_off_leaves_nothing_running(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    runner = Runner([piece("a", "import signal; signal.pause()")], kept)
    seen: list[UnderWay] = []

    def enough(ended: UnderWay | None, left_figures: bool) -> None:
        seen.extend(runner.under_way)
        raise KeyboardInterrupt

    runner.changed = enough
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs do not hear it
    try:
        with pytest.raises(KeyboardInterrupt):
            runner.run()
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen[0].process.returncode is not None
    assert not kept.has(seen[0].piece)


def under_way(some: Piece) -> UnderWay:
    return UnderWay(some, subprocess.Popen([sys.executable, "-c", ""]), 0.0, False)


def test_what_measures_time_runs_beside_nothing_but_one_that_gives_way() -> None:
    alone, crash, sim = piece("faults", stage="faults", alone=True), piece("c", stage="crash"), piece("s")
    assert next_piece([alone, crash, sim], []) is alone
    beside = under_way(alone)
    assert next_piece([crash, sim], [beside]) is sim
    assert next_piece([crash], [beside]) is None
    assert next_piece([crash, sim], [beside, under_way(sim)]) is None
    assert next_piece([alone], [under_way(sim)]) is None, "it waits until all is quiet"
    assert next_piece([crash, sim], [under_way(sim)]) is crash


def test_the_plan_is_what_was_promised() -> None:
    plan = pieces(quick=False)
    assert len({one.name for one in plan}) == len(plan)
    assert {one.stage for one in plan} == set(STAGES)
    seeds = [one.words[3].split("..") for one in plan if one.stage == "sim"]
    assert sum(int(last) - int(first) + 1 for first, last in seeds) >= 20_000
    assert all(int(this[1]) + 1 == int(after[0]) for this, after in pairwise(seeds))
    (crash, *_) = (one for one in plan if one.stage == "crash")
    assert "--all" in crash.words
    assert int(crash.words[crash.words.index("--kill9") + 1]) >= 100
    (faults,) = (one for one in plan if one.stage == "faults")
    assert int(faults.words[faults.words.index("--times") + 1]) >= 5


def test_planted_bugs_of_the_quick_run_are_there() -> None:
    from proof.plan import QUICK_PLANTED
    from tests.planted.bugs import BUGS

    assert set(QUICK_PLANTED) <= set(BUGS)
