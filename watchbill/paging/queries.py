"""Reads of pages for the command line, the pages and the API, and what is wrong with a policy."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from psycopg import AsyncConnection

from watchbill.engine.directory import Directory, Policy, Target
from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.duty.shifts import on_duty, shifts
from watchbill.engine.whom import people_of
from watchbill.engine.words import TargetKind, Whom

OF_INCIDENT = """
SELECT p.id, p.person_id, p.method_id, p.channel, p.level, p.urgency, p.reason, p.state, p.created_at,
    CASE WHEN held THEN r.held_until ELSE p.due_at END, p.late, p.attempts, p.attempted_at, p.settled_at,
    CASE WHEN held THEN 'page_held_back' ELSE p.outcome END, p.detail
FROM page p
LEFT JOIN recipient r ON r.method_id = p.method_id
CROSS JOIN LATERAL (SELECT p.state IN ('due', 'unknown') AND r.held_until > (SELECT app_now()) AS held) h
WHERE p.incident_id = %(incident)s ORDER BY p.id DESC LIMIT %(limit)s
"""
# What is held back waits by intention, and is not late.
BACKLOG = """
SELECT count(*) FILTER (WHERE state = 'due'), count(*) FILTER (WHERE state = 'leased'),
    count(*) FILTER (WHERE state = 'unknown'),
    greatest(coalesce(extract(epoch FROM (SELECT app_now()) - min(due_at)
        FILTER (WHERE state <> 'leased' AND (r.held_until IS NULL OR r.held_until <= app_now()))), 0), 0)::float8
FROM page p LEFT JOIN recipient r ON r.method_id = p.method_id WHERE p.state IN ('due', 'leased', 'unknown')
"""
TURNS = "SELECT policy_id, level, turn FROM policy_turn WHERE policy_id = ANY(%b)"
FAILED = """
SELECT count(*) FROM page WHERE state = 'failed' AND settled_at > (SELECT app_now()) - interval '24 hours'
"""


class PageSeen(Struct, frozen=True):
    """One page as it stands. `attempted_at`: of the last attempt. `outcome`: name of the reason of its last change."""

    id: int
    person: int
    method: int
    channel: str
    level: int
    urgency: str
    reason: str
    state: str
    created_at: datetime
    due_at: datetime | None
    late: int
    attempts: int
    attempted_at: datetime | None
    settled_at: datetime | None
    outcome: str
    detail: str


class Backlog(Struct, frozen=True):
    """Pages on their way. `oldest_due_seconds`: how long the oldest waits past its time, 0 when none does.
    `failed_last_day`: given up in the last 24 hours."""

    due: int
    leased: int
    unknown: int
    oldest_due_seconds: float
    failed_last_day: int


class Gap(Struct, frozen=True):
    """Somebody whom a policy names and who cannot be paged. `step`: from 0, or None for the fallback. `why`: goes on from
    the name: "who is switched off"."""

    step: int | None
    target: Target
    name: str
    why: str


async def pages(link: AsyncConnection[Any], incident: int, *, limit: int = 200) -> list[PageSeen]:
    """The pages of an incident, oldest first; of many the newest."""
    rows = await (await link.execute(OF_INCIDENT, {"incident": incident, "limit": limit})).fetchall()
    return [PageSeen(*row) for row in reversed(rows)]


async def turns(link: AsyncConnection[Any], policies: Sequence[int]) -> dict[tuple[int, int], int]:
    """How often the steps of these policies have paged by round robin, by (policy, level). The road asks `turns.take`."""
    rows = await (await link.execute(TURNS, [list(policies)])).fetchall()
    return {(policy, level): turn for policy, level, turn in rows}


async def backlog(link: AsyncConnection[Any]) -> Backlog:
    """How the outbox stands now."""
    waiting = await (await link.execute(BACKLOG)).fetchone()
    failed = await (await link.execute(FAILED)).fetchone()
    assert waiting is not None and failed is not None
    due, leased, unknown, oldest = waiting
    return Backlog(due, leased, unknown, oldest, failed[0])


def gaps(policy: Policy, directory: Directory, *, now: datetime) -> list[Gap]:
    """Everybody whom the policy names in vain at `now`."""
    steps = (*range(len(policy.steps)), None)
    return [gap for step in steps for gap in gaps_of(policy, step, directory, now=now)]


def gaps_of(policy: Policy, step: int | None, directory: Directory, *, now: datetime) -> list[Gap]:
    """Everybody whom one step (from 0), or with None the fallback, names in vain at `now`."""
    targets = policy.fallback if step is None else policy.steps[step].targets
    everyone = step is not None and policy.steps[step].whom is Whom.EVERYONE
    vain = (target for target in targets if not people_of((target,), directory, now=now, everyone=everyone))
    return [Gap(step, target, *_named(target, directory, now)) for target in vain]


def _named(target: Target, directory: Directory, now: datetime) -> tuple[str, str]:
    """What a target is called, and why nobody is paged by it."""
    if target.kind is TargetKind.TEAM:
        team = directory.teams.get(target.id)
        return (team.name if team else "a team"), "which has nobody who can be paged"
    if target.kind is TargetKind.SCHEDULE:
        schedule = directory.schedules.get(target.id)
        return (schedule.name if schedule else "a schedule"), _why_unmanned(schedule, directory, now)
    person = directory.people.get(target.id)
    active = person is not None and person.active
    why = "who has no contact method that is switched on" if active else "who is switched off"
    return (person.name if person else "somebody"), why


def _why_unmanned(schedule: Schedule | None, directory: Directory, now: datetime) -> str:
    if schedule is None:
        return "which is not there"
    on = [directory.people.get(duty.person) for duty in on_duty(schedule, now) if not duty.shadow]
    if on:
        names = ", ".join(person.name for person in on if person is not None)
        return f"which has {names} on duty, with no contact method that is switched on"
    gap = next(iter(shifts(schedule, now, now + timedelta(seconds=1)).gaps), None)
    return f"which has nobody on duty: {gap.why if gap is not None else 'nobody has to be at that hour'}"
