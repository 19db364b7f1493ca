"""A door with a fake road behind it and a sender in front of it."""

import pytest

from watchbill.intake.budget import Budget
from watchbill.intake.door import Door
from watchbill.intake.tests.fakes import FakeRoad, Sender


@pytest.fixture
def road() -> FakeRoad:
    return FakeRoad()


@pytest.fixture
def counts() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def sender(road: FakeRoad, counts: list[tuple[str, str]]) -> Sender:
    budget = Budget(events_per_second=0.001, burst=10)
    return Sender(
        Door(
            road,
            budget=budget,
            observe=lambda outcome, wire, events: counts.extend([(outcome, wire)] * events),
            patience=0.01,
        )
    )
