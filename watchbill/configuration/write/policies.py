"""Writes escalation policies with their steps and targets."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import to_builtins

from watchbill.configuration.diff import Change
from watchbill.configuration.renames import KINDS
from watchbill.configuration.state import Policy, Target
from watchbill.configuration.write.rows import Rows, change, create
from watchbill.engine.words import TargetKind
from watchbill.paging.models import EscalationPolicy, PolicyStep, PolicyTarget


def write_policies(changes: Sequence[Change], rows: Rows) -> None:
    """A policy that differs gets its steps and targets anew: nothing else refers to them."""
    ids = rows.kinds["escalation_policies"]
    for row in create(EscalationPolicy, (_policy(one.after, rows) for one in changes if one.before is None)):
        ids[row.name] = row.id
    kept = [one for one in changes if one.before is not None]
    change(EscalationPolicy, [_policy(one.after, rows, ids[one.name]) for one in kept], ("name", "team", "repeat"))
    differ: list[Policy] = [
        one.after for one in changes if one.before is None or _ladder(one.before) != _ladder(one.after)
    ]
    of_these = [ids[policy.name] for policy in differ]
    PolicyTarget.objects.filter(policy_id__in=of_these).delete()
    PolicyStep.objects.filter(policy_id__in=of_these).delete()
    steps = create(
        PolicyStep,
        (
            PolicyStep(
                policy_id=ids[policy.name],
                position=position,
                delay=step.wait,
                whom=step.whom.value,
                only=to_builtins(step.only, order="deterministic"),
            )
            for policy in differ
            for position, step in enumerate(policy.steps)
        ),
    )
    create(PolicyTarget, _targets(differ, iter(steps), rows))


def _policy(policy: Policy, rows: Rows, row: int | None = None) -> EscalationPolicy:
    team = rows.kinds["teams"][policy.team] if policy.team else None
    return EscalationPolicy(id=row, name=policy.name, team_id=team, repeat=policy.repeat)


def _ladder(policy: Policy) -> tuple[object, ...]:
    return policy.steps, policy.fallback


def _targets(policies: Iterable[Policy], steps: Iterator[PolicyStep], rows: Rows) -> Iterator[PolicyTarget]:
    for policy in policies:
        row = rows.kinds["escalation_policies"][policy.name]
        for step in policy.steps:
            step_row = next(steps)
            for position, target in enumerate(step.page):
                yield _target(target, row, step_row.id, position, rows)
        for position, target in enumerate(policy.fallback):
            yield _target(target, row, None, position, rows)


def _target(target: Target, policy: int, step: int | None, position: int, rows: Rows) -> PolicyTarget:
    column = {TargetKind.USER: "person_id", TargetKind.TEAM: "team_id", TargetKind.SCHEDULE: "schedule_id"}[target.kind]
    behind = {column: rows.kinds[KINDS[target.kind]][target.name]}
    return PolicyTarget(policy_id=policy, step_id=step, position=position, **behind)


def remove_policies(names: Iterable[str], rows: Rows) -> None:
    """With their steps. The database refuses while a service needs one."""
    EscalationPolicy.objects.filter(id__in=[rows.kinds["escalation_policies"][name] for name in names]).delete()
