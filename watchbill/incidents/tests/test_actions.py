"""Every action makes the fact of its name, one for each incident, in one hand-in."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from watchbill.engine.facts import Fact
from watchbill.engine.reasons import Reason
from watchbill.incidents import actions
from watchbill.incidents.actions import Actor
from watchbill.runtime.road import Decision

ANA = Actor(1, "cli")
UNTIL = datetime(2026, 11, 22, 3, tzinfo=UTC)


class Road:
    """Keeps what is handed in."""

    def __init__(self) -> None:
        self.hand_ins: list[list[Fact]] = []

    async def submit(self, facts: Sequence[Fact]) -> Sequence[Decision]:
        self.hand_ins.append(list(facts))
        return [Decision(Reason.NOTHING_DUE)] * len(facts)


@pytest.mark.parametrize(
    ("action", "fact", "rest"),
    [
        (actions.acknowledge, "Acknowledged", {}),
        (actions.unacknowledge, "Unacknowledged", {}),
        (actions.resolve, "Resolved", {}),
        (actions.reopen, "Reopened", {}),
        (actions.escalate, "EscalatedNow", {}),
        (actions.snooze, "Snoozed", {"until": UNTIL}),
        (actions.hand_to, "Reassigned", {"people": (2,)}),
        (actions.move_to, "Reassigned", {"policy": 7}),
    ],
)
def test_an_action_hands_in_one_fact_for_each_incident(action, fact, rest) -> None:
    road = Road()
    decisions = asyncio.run(action(road, [3, 4], ANA, **rest))
    (facts,) = road.hand_ins
    assert [(type(one).__name__, one.incident, one.by, one.via) for one in facts] == [
        (fact, 3, 1, "cli"),
        (fact, 4, 1, "cli"),
    ]
    assert all(getattr(one, name) == value for one in facts for name, value in rest.items())
    assert len(decisions) == 2
