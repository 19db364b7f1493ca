"""Decides who stands behind the targets of a step, or of a fallback, at an instant."""

from datetime import datetime

from watchbill.engine.case import Case
from watchbill.engine.directory import Condition, Directory, Policy, PolicyStep, Target, Team
from watchbill.engine.duty.hours import covers
from watchbill.engine.duty.shifts import crew, on_duty
from watchbill.engine.notification import reachable
from watchbill.engine.words import Role, Severity, TargetKind, Whom

# A team is paged in full but for those who only watch.
ON_CALL_ROLES = frozenset({Role.OWNER, Role.MANAGER, Role.RESPONDER})


def people_of(
    targets: tuple[Target, ...], directory: Directory, *, now: datetime, everyone: bool = False
) -> tuple[int, ...]:
    """The reachable people behind these targets at `now`, each once, in order. `everyone`: of a schedule not only those on
    duty, but all who have turns in it."""
    people: dict[int, None] = {}
    for target in targets:
        for person in _behind(target, directory, now=now, everyone=everyone):
            if reachable(directory.people.get(person)):
                people[person] = None
    return tuple(people)


def called_by(step: PolicyStep, directory: Directory, turn: int, *, now: datetime) -> tuple[int, ...]:
    """Whom a step pages at `now`. `turn`: how often it has paged before, which decides whose turn a round robin is at."""
    people = people_of(step.targets, directory, now=now, everyone=step.whom is Whom.EVERYONE)
    if step.whom is Whom.ROUND_ROBIN and people:
        return (people[turn % len(people)],)
    return people


def shadows_of(targets: tuple[Target, ...], directory: Directory, *, now: datetime) -> tuple[int, ...]:
    """The reachable shadows of those who are on duty in the schedules among these targets, each once."""
    found: dict[int, None] = {}
    for target in targets:
        schedule = directory.schedules.get(target.id) if target.kind is TargetKind.SCHEDULE else None
        for duty in on_duty(schedule, now) if schedule is not None else ():
            if duty.shadow and reachable(directory.people.get(duty.person)):
                found[duty.person] = None
    return tuple(found)


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


def _behind(target: Target, directory: Directory, *, now: datetime, everyone: bool) -> tuple[int, ...]:
    match target.kind:
        case TargetKind.USER:
            return (target.id,)
        case TargetKind.TEAM:
            return members_of(directory.teams.get(target.id))
        case TargetKind.SCHEDULE:
            schedule = directory.schedules.get(target.id)
            if schedule is None:
                return ()
            if everyone:
                return crew(schedule)
            return tuple(duty.person for duty in on_duty(schedule, now) if not duty.shadow)
