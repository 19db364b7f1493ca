"""Decides who stands behind the targets of a step, or of a fallback, at an instant."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from watchbill.engine.case import Case
from watchbill.engine.directory import Condition, Directory, Policy, PolicyStep, Target, Team
from watchbill.engine.duty.hours import covers
from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.duty.shifts import crew, on_duty
from watchbill.engine.notification import reachable
from watchbill.engine.words import Role, Severity, TargetKind, Whom

# A team is paged in full but for those who only watch.
ON_CALL_ROLES = frozenset({Role.OWNER, Role.MANAGER, Role.RESPONDER})


class Sought(Struct, frozen=True, gc=False):
    """Somebody whom a target stands for. `source`: of a schedule, where the duty comes from, in words; else empty."""

    person: int
    target: Target
    source: str = ""


def sought(
    targets: tuple[Target, ...], directory: Directory, *, now: datetime, everyone: bool = False
) -> tuple[Sought, ...]:
    """The reachable people behind these targets at `now`, each once, in order. `everyone`: of a schedule not only those on
    duty, but all who have turns in it."""
    found: dict[int, Sought] = {}
    for target in targets:
        for one in _behind(target, directory, now=now, everyone=everyone):
            if one.person not in found and reachable(directory.people.get(one.person)):
                found[one.person] = one
    return tuple(found.values())


def people_of(
    targets: tuple[Target, ...], directory: Directory, *, now: datetime, everyone: bool = False
) -> tuple[int, ...]:
    """The ids of those who are sought."""
    return tuple(one.person for one in sought(targets, directory, now=now, everyone=everyone))


def called_by(step: PolicyStep, directory: Directory, turn: int, *, now: datetime) -> tuple[int, ...]:
    """Whom a step pages at `now`. `turn`: how often it has paged before, which decides whose turn a round robin is at."""
    people = people_of(step.targets, directory, now=now, everyone=step.whom is Whom.EVERYONE)
    if step.whom is Whom.ROUND_ROBIN and people:
        return (people[turn % len(people)],)
    return people


def shadows_of(targets: tuple[Target, ...], directory: Directory, *, now: datetime) -> tuple[int, ...]:
    """The reachable shadows of those who are on duty in the schedules among these targets, each once."""
    on = (duty for schedule in _schedules(targets, directory) for duty in on_duty(schedule, now))
    shadows = dict.fromkeys(duty.person for duty in on if duty.shadow)
    return tuple(person for person in shadows if reachable(directory.people.get(person)))


def in_gap(targets: tuple[Target, ...], directory: Directory, *, now: datetime) -> tuple[Schedule, ...]:
    """The schedules among these targets in which nobody is on duty at `now`."""
    return tuple(
        schedule for schedule in _schedules(targets, directory) if all(duty.shadow for duty in on_duty(schedule, now))
    )


def fallback_of(case: Case, policy: Policy | None, *, now: datetime) -> tuple[int, ...]:
    """Who is paged when a step reaches nobody: the policy's fallback, else the service's team, else every owner, else
    anybody at all who can be reached. Silence is the last resort, not the first."""
    directory = case.directory
    if policy is not None and (people := people_of(policy.fallback, directory, now=now)):
        return people
    if people := people_of((Target(TargetKind.TEAM, case.service.team),), directory, now=now):
        return people
    owners = {person for team in directory.teams.values() for person, role in team.members if role is Role.OWNER}
    if people := tuple(sorted(person for person in owners if reachable(directory.people.get(person)))):
        return people
    return tuple(sorted(person.id for person in directory.people.values() if reachable(person)))


def applies(only: Condition | None, severity: Severity, *, now: datetime) -> bool:
    """Whether a step with this condition is for an incident of this severity at `now`."""
    if only is None:
        return True
    if only.severities and severity not in only.severities:
        return False
    return covers(only.hours, only.zone, now)


def members_of(team: Team | None) -> tuple[int, ...]:
    """Everybody of a team who is paged with it."""
    return tuple(person for person, role in team.members if role in ON_CALL_ROLES) if team is not None else ()


def owners_of(team: Team | None) -> tuple[int, ...]:
    """Who looks after what a team has: its owners and managers, else everybody of it who is paged with it."""
    if team is None:
        return ()
    keepers = tuple(person for person, role in team.members if role in (Role.OWNER, Role.MANAGER))
    return keepers or members_of(team)


def _behind(target: Target, directory: Directory, *, now: datetime, everyone: bool) -> Iterator[Sought]:
    match target.kind:
        case TargetKind.USER:
            yield Sought(target.id, target)
        case TargetKind.TEAM:
            for person in members_of(directory.teams.get(target.id)):
                yield Sought(person, target)
        case TargetKind.SCHEDULE:
            for schedule in _schedules((target,), directory):
                yield from (Sought(one.person, target, one.source) for one in on_duty(schedule, now) if not one.shadow)
                yield from (Sought(person, target) for person in (crew(schedule, now) if everyone else ()))


def _schedules(targets: tuple[Target, ...], directory: Directory) -> Iterator[Schedule]:
    for target in targets:
        if target.kind is TargetKind.SCHEDULE and (schedule := directory.schedules.get(target.id)) is not None:
            yield schedule
