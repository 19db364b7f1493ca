"""Escalation policies, from rows to the rules' directory."""

from typing import Any

from psycopg import AsyncConnection

from watchbill.engine.directory import Policy, PolicyStep, Target
from watchbill.engine.words import TargetKind

POLICIES = "SELECT id, name, repeat FROM escalation_policy"
STEPS = "SELECT id, policy_id, delay FROM policy_step ORDER BY position"
TARGETS = "SELECT policy_id, step_id, person_id, team_id FROM policy_target ORDER BY position, id"


async def policies(link: AsyncConnection[Any]) -> dict[int, Policy]:
    """Every policy by id, with its steps and its fallback."""
    of_step: dict[int, list[Target]] = {}
    fallback: dict[int, list[Target]] = {}
    for policy, step, person, team in await (await link.execute(TARGETS)).fetchall():
        target = Target(TargetKind.USER, person) if person is not None else Target(TargetKind.TEAM, team)
        if step is None:
            fallback.setdefault(policy, []).append(target)
        else:
            of_step.setdefault(step, []).append(target)
    steps: dict[int, list[PolicyStep]] = {}
    for id_, policy, delay in await (await link.execute(STEPS)).fetchall():
        steps.setdefault(policy, []).append(PolicyStep(delay, tuple(of_step.get(id_, ()))))
    return {
        id_: Policy(id_, name, tuple(steps.get(id_, ())), repeat, tuple(fallback.get(id_, ())))
        for id_, name, repeat in await (await link.execute(POLICIES)).fetchall()
    }
