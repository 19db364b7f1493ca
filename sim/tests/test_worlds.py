"""Worlds from seeds: none breaks a promise, one seed is one world, and a broken one is told so that it can be seen again."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from sim.diary import Diary
from sim.profile import PROFILES
from sim.run import Outcome, run_seed
from sim.trace import as_html, as_text

PARTS = 10
SEEDS = 30  # in each part
#: Another set of worlds each day; a failure says which.
FIRST = int(os.environ.get("SIM_FIRST_SEED", "1"))


@pytest.mark.parametrize("part", range(PARTS))
def test_no_world_breaks_a_promise(part: int) -> None:
    """Seven days each, in chaos."""
    first = FIRST + part * SEEDS
    for seed in range(first, first + SEEDS):
        broken = run_seed(seed, days=7, profile=PROFILES["chaos"]).violations
        assert not broken, f"python -m sim --seed {seed} --days 7 --profile chaos: {broken[:3]}"


@pytest.mark.parametrize("profile", ["calm", "storm"])
def test_other_profiles_break_none_either(profile: str) -> None:
    for seed in range(1, 6):
        broken = run_seed(seed, days=7, profile=PROFILES[profile]).violations
        assert not broken, f"python -m sim --seed {seed} --days 7 --profile {profile}: {broken[:3]}"


def test_one_seed_is_one_world() -> None:
    once, again = (told(3) for _ in range(2))
    assert once == again
    assert told(4) != once


def test_one_seed_is_one_world_in_another_process_too(tmp_path: Path) -> None:
    """Also where strings hash otherwise."""
    texts = []
    for hashes in ("1", "2"):
        folder = tmp_path / hashes
        command = [sys.executable, "-m", "sim", "--seed", "11", "--days", "3", "--trace", str(folder)]
        environment = {**os.environ, "PYTHONHASHSEED": hashes}
        subprocess.run(command, check=True, env=environment, capture_output=True, cwd=Path(__file__).parents[2])
        texts.append((folder / "seed-11.txt").read_text())
    assert texts[0] == texts[1]


def test_much_happens_in_chaos() -> None:
    """A simulator in which nothing happens finds nothing."""
    outcomes = [run_seed(seed, days=7, profile=PROFILES["chaos"]) for seed in range(1, 9)]
    faults: set[str] = set().union(*(outcome.faults for outcome in outcomes))
    assert sum(outcome.deaths for outcome in outcomes) > 8
    assert sum(outcome.unknown for outcome in outcomes) > 0
    assert sum(outcome.spooled for outcome in outcomes) > 0
    assert sum(outcome.told for outcome in outcomes) > 500
    assert len(faults) > 8
    called: Counter[str] = sum((Counter(outcome.called) for outcome in outcomes), Counter())
    assert min(called[f"steps, {whom}"] for whom in ("on_duty", "round_robin", "everyone")) > 20
    assert min(called[name] for name in ("turns in a round", "gap_in_schedule", "nobody_on_duty")) > 10
    assert min(called[name] for name in ("shadows told", "no_step_applies", "rotations edited")) > 0


def test_the_trace_tells_what_happened_and_how_to_see_it_again() -> None:
    diary = Diary(kept=True)
    outcome = run_seed(5, days=2, profile=PROFILES["chaos"], diary=diary)
    text = as_text(diary, outcome, commit="abc", again="python -m sim --seed 5")
    assert "Seed 5, commit abc. Again: python -m sim --seed 5" in text
    assert "All promises were kept." in text
    page = as_html(diary, outcome, commit="abc", again="python -m sim --seed 5")
    assert "http" not in page, "nothing comes from elsewhere"
    assert "node 1" in page


def told(seed: int) -> tuple[list[object], Outcome]:
    diary = Diary(kept=True)
    outcome = run_seed(seed, days=3, profile=PROFILES["chaos"], diary=diary)
    outcome.seconds = 0.0
    return list(diary.notes), outcome
