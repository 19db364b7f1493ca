"""Some hundred of all points at which a node can die, others each time. `python -m tests.crash --all` takes every one.

CRASH_SEED repeats a draw; a failure names the command that repeats it alone.
"""

import os
import random
import secrets
from collections.abc import Mapping

import pytest

from tests.crash.hall import Hall
from tests.crash.points import AFTER, BEFORE
from tests.crash.proof import Proof, all_points, sweep, sweep_killed, sweep_torn, sweep_twice
from tests.crash.scenarios import SCENARIOS
from tests.crash.statements import statements_of_the_road
from tests.crash.sweep import Ran

PARTS = 8
ONCE, TWICE, TORN, KILLED = 40, 3, 5, 2  # points of one part
AT_LEAST = 5000  # points in all
AT_LEAST_EACH = 90


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_lost_wherever_a_node_dies(part: int, hall: Hall, calm: Mapping[str, Ran]) -> None:
    proof = Proof(seed=int(os.environ.get("CRASH_SEED") or secrets.randbits(32)))
    chance = random.Random(proof.seed * PARTS + part)
    points = all_points(calm)
    sweep(hall, chance.sample(points, ONCE), proof)
    sweep_twice(hall, chance.sample(points, TWICE), proof, chance)
    sweep_torn(hall, chance.sample(points, TORN), proof)
    sweep_killed(hall, chance.sample(points, KILLED), proof)
    said = "\n".join(map(str, proof.failures))
    assert not proof.failures, f"CRASH_SEED={proof.seed}, part {part}\n{said}"


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_goes_as_it_says_when_nobody_dies(name: str, calm: Mapping[str, Ran]) -> None:
    ran = calm[name]
    assert not ran.violations
    assert ran.outcomes.heard == SCENARIOS[name].told
    assert ran.outcomes.duplicates == 0 or name == "unknown outcome"


@pytest.mark.parametrize("name", ["acknowledge", "policy edited while an incident is open", "bundle"])
def test_a_scenario_passes_the_same_points_each_time(name: str, hall: Hall, calm: Mapping[str, Ran]) -> None:
    from tests.crash.sweep import run

    assert run(hall, SCENARIOS[name]).ways == calm[name].ways


def test_every_statement_of_the_road_is_a_point_before_and_a_point_after(calm: Mapping[str, Ran]) -> None:
    passed = {(point.side, point.what) for ran in calm.values() for point in ran.ways[0]}
    missing = [
        (name, side)
        for name, text in statements_of_the_road()
        for side in (BEFORE, AFTER)
        if (side, text) not in passed
    ]
    assert not missing, "No scenario comes to these; tell one that does, so that a node dies there, too."


def test_the_sweep_does_not_shrink(calm: Mapping[str, Ran]) -> None:
    counts = {name: len(ran.ways[0]) for name, ran in calm.items()}
    assert sum(counts.values()) >= AT_LEAST
    assert min(counts.values()) >= AT_LEAST_EACH, counts
    for ran in calm.values():
        sides = [point.side for point in ran.ways[0]]
        assert sides.count(BEFORE) == sides.count(AFTER)
