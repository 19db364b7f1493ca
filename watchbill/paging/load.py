"""Escalation policies, from rows to the rules' directory."""

from typing import Any

import msgspec
from psycopg import AsyncConnection

from watchbill.engine.directory import Condition, Policy, PolicyStep, Target
from watchbill.engine.words import TargetKind, Whom

POLICIES = "SELECT id, name, repeat FROM escalation_policy"
STEPS = "SELECT id, policy_id, delay, whom, only_when::text FROM policy_step ORDER BY position"
TARGETS = "SELECT policy_id, step_id, person_id, team_id, schedule_id FROM policy_target ORDER BY position, id"

_condition = msgspec.json.Decoder(Condition)


async def policies(link: AsyncConnection[Any]) -> dict[int, Policy]:
    """Every policy by id, with its steps and its fallback."""
    of_step: dict[int, list[Target]] = {}
    fallback: dict[int, list[Target]] = {}
    for policy, step, person, team, schedule in await (await link.execute(TARGETS)).fetchall():
        target = _target(person, team, schedule)
        if step is None:
            fallback.setdefault(policy, []).append(target)
        else:
            of_step.setdefault(step, []).append(target)
    steps: dict[int, list[PolicyStep]] = {}
    for id_, policy, delay, whom, only in await (await link.execute(STEPS)).fetchall():
        condition = _condition.decode(only) if only is not None else None
        steps.setdefault(policy, []).append(PolicyStep(delay, tuple(of_step.get(id_, ())), Whom(whom), condition))
    return {
        id_: Policy(id_, name, tuple(steps.get(id_, ())), repeat, tuple(fallback.get(id_, ())))
        for id_, name, repeat in await (await link.execute(POLICIES)).fetchall()
    }


def _target(person: int | None, team: int | None, schedule: int | None) -> Target:
    if person is not None:
        return Target(TargetKind.USER, person)
    if team is not None:
        return Target(TargetKind.TEAM, team)
    assert schedule is not None, "policy_target_is_one says that one of the three is there"
    return Target(TargetKind.SCHEDULE, schedule)
