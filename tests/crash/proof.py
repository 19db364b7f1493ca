"""A run of many deaths, counted: which points, what was found, and the command that repeats what failed."""

import logging
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog
from django.db import connections
from msgspec import Struct, field

from sim.evidence import Violation
from tests.crash.hall import Hall
from tests.crash.kill9 import NotKilled, run_killed
from tests.crash.scenarios import SCENARIOS
from tests.crash.sweep import Ran, furnish, run
from tests.database import make_database
from watchbill import django_settings


class Failure(Struct, frozen=True):
    """One promise that was broken. `point`: where the node died, twice where it died twice. `name`: the same in words."""

    scenario: str
    point: tuple[int, ...]
    name: str
    check: str
    sentence: str
    replay: str

    def __str__(self) -> str:
        return f"{self.scenario}, died at {self.name or 'no point'}: {self.check}: {self.sentence}\n  {self.replay}"


class Proof(Struct):
    """What came of all runs. `points`: all that there are. `run`: at how many of them a node died."""

    points: int = 0
    run: int = 0
    scenarios: dict[str, int] = field(default_factory=dict)
    kill9: int = 0
    double: int = 0
    torn: int = 0
    accepted: int = 0
    pages: int = 0
    told: int = 0
    lost: int = 0
    duplicates: int = 0
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0
    seed: int = 0

    def add(self, scenario: str, dies_at: Sequence[int], ran: Ran, *, how: str = "") -> None:
        """Counts one run in. `how`: the option that says so, where it was not the usual death."""
        self.accepted += len(ran.outcomes.evidence.accepted)
        self.pages += len(ran.outcomes.evidence.pages)
        self.told += len(ran.outcomes.evidence.told)
        self.lost += ran.outcomes.lost
        self.duplicates += ran.outcomes.duplicates
        violations = list(ran.violations)
        if len(ran.died) < len(dies_at):
            violations.append(
                Violation("is_repeatable", f"Only {len(ran.died)} of {len(dies_at)} points were come to.")
            )
        self.fail(scenario, dies_at, ", and then at ".join(ran.died), violations, how=how)

    def fail(
        self, scenario: str, dies_at: Sequence[int], name: str, violations: Sequence[Violation], *, how: str = ""
    ) -> None:
        """Keeps what was broken. `name`: of the point, in words."""
        command = replay(scenario, dies_at, how)
        self.failures += [
            Failure(scenario, tuple(dies_at), name, one.check, one.sentence, command) for one in violations
        ]


Draw = tuple[str, int]
"""A scenario and a point."""


def replay(scenario: str, dies_at: Sequence[int], how: str = "") -> str:
    """The one command that does it again."""
    points = ",".join(map(str, dies_at))
    return f'python -m tests.crash --scenario "{scenario}" --point {points}{how and f" --{how} 1"}'


@contextmanager
def hall_of(server_url: str, name: str) -> Iterator[Hall]:
    """A hall in a new database of this name. Django goes back to the one that it had."""
    with _django_goes_back():
        hall = furnish(make_database(server_url, name))
    try:
        yield hall
    finally:
        hall.close()


@contextmanager
def seen_by_django(hall: Hall) -> Iterator[None]:
    """Django sees the hall's database meanwhile."""
    with _django_goes_back():
        connections["default"].settings_dict.update(django_settings.database(hall.url))
        yield


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing is logged of the thousands of nodes, and the pool does not complain of what was torn on purpose."""
    pool, told = logging.getLogger("psycopg.pool"), structlog.get_config()
    level = pool.level
    pool.setLevel(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        pool.setLevel(level)
        structlog.configure(**told)


@contextmanager
def _django_goes_back() -> Iterator[None]:
    settings = connections["default"].settings_dict
    before = dict(settings)
    connections["default"].close()
    try:
        yield
    finally:
        connections["default"].close()
        settings.update(before)


def count_points(hall: Hall) -> Mapping[str, Ran]:
    """Each scenario as it goes when nobody dies."""
    return {name: run(hall, scenario) for name, scenario in SCENARIOS.items()}


def all_points(calm: Mapping[str, Ran]) -> list[Draw]:
    """Every point of every scenario, in order."""
    return [(name, point.number) for name, ran in calm.items() for point in ran.ways[0]]


def sweep(hall: Hall, draws: Sequence[Draw], proof: Proof, passed: Callable[[], None] = lambda: None) -> None:
    """Dies once at each of these points."""
    for name, point in draws:
        proof.add(name, (point,), run(hall, SCENARIOS[name], (point,)))
        proof.run += 1
        passed()


def sweep_killed(hall: Hall, draws: Sequence[Draw], proof: Proof, passed: Callable[[], None] = lambda: None) -> None:
    """Dies once at each of these points, by kill -9."""
    for name, point in draws:
        try:
            proof.add(name, (point,), run_killed(hall, SCENARIOS[name], point), how="kill9")
        except NotKilled as fault:
            proof.fail(name, (point,), str(point), [Violation("is_killed", str(fault))], how="kill9")
        proof.kill9 += 1
        passed()


def sweep_torn(hall: Hall, draws: Sequence[Draw], proof: Proof, passed: Callable[[], None] = lambda: None) -> None:
    """Tears the connections at each of these points, of a node that lives on."""
    for name, point in draws:
        proof.add(name, (point,), run(hall, SCENARIOS[name], tears_at=point), how="torn")
        proof.torn += 1
        passed()


def sweep_twice(
    hall: Hall,
    draws: Sequence[Draw],
    proof: Proof,
    chance: random.Random,
    passed: Callable[[], None] = lambda: None,
) -> None:
    """Dies at each of these points, and again somewhere on the way of the node that comes after."""
    for name, point in draws:
        second = len(run(hall, SCENARIOS[name], (point,)).ways[-1])
        dies_at = (point, chance.randint(1, second)) if second else (point,)
        proof.add(name, dies_at, run(hall, SCENARIOS[name], dies_at))
        proof.double += 1
        passed()
