"""Decides which step of the ladder an unacknowledged incident stands on, and whom that step pages."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from watchbill.engine.case import Case, Incident, Ladder, Paging
from watchbill.engine.commands import SendPage
from watchbill.engine.directory import Directory, Policy, Target
from watchbill.engine.due import next_due
from watchbill.engine.notification import first_pages, pages_due, reachable
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Role, TargetKind

Climbed = tuple[Incident, tuple[SendPage, ...], Reason]

# A team is paged in full but for those who only watch.
ON_CALL_ROLES = frozenset({Role.OWNER, Role.MANAGER, Role.RESPONDER})
DEFAULT_DELAY = timedelta(minutes=5)


def people_of(targets: tuple[Target, ...], directory: Directory) -> tuple[int, ...]:
    """The reachable people behind these targets, each once, in order."""
    people: dict[int, None] = {}
    for target in targets:
        if target.kind is TargetKind.USER:
            wanted: tuple[int, ...] = (target.id,)
        else:
            team = directory.teams.get(target.id)
            wanted = tuple(person for person, role in team.members if role in ON_CALL_ROLES) if team else ()
        for person in wanted:
            if reachable(directory.people.get(person)):
                people[person] = None
    return tuple(people)


def fallback_of(case: Case, policy: Policy | None) -> tuple[int, ...]:
    """Who is paged when a step reaches nobody: the policy's fallback, else the service's team, else every owner, else
    anybody at all who can be reached. Silence is the last resort, not the first."""
    directory = case.directory
    if policy is not None and (people := people_of(policy.fallback, directory)):
        return people
    if people := people_of((Target(TargetKind.TEAM, case.service.team),), directory):
        return people
    owners = {person for team in directory.teams.values() for person, role in team.members if role is Role.OWNER}
    if people := tuple(sorted(person for person in owners if reachable(directory.people.get(person)))):
        return people
    return tuple(sorted(person.id for person in directory.people.values() if reachable(person)))


def begin(case: Case, incident: Incident, reason: Reason, *, now: datetime, late: int = 0) -> Climbed:
    """Puts the incident on the first step of its ladder. `reason`: why the ladder begins, kept for the journal."""
    told = Reason.FIRST_PAGE if reason is Reason.FIRST_ALERT else reason  # what the person is told, and why
    return _stand_on(case, incident, 0, 0, told, now=now, late=late, told_as=reason)


def climb(case: Case, incident: Incident, reason: Reason, *, now: datetime, late: int = 0) -> Climbed:
    """Moves the incident up by one step, never more; after the last step the ladder begins again as often as the
    policy repeats, and then the fallback is paged once and the ladder ends."""
    policy = case.policy
    steps = len(policy.steps) if policy is not None else 0
    level, round_ = incident.ladder.level + 1, incident.ladder.round
    if level < steps:
        return _stand_on(case, incident, level, round_, reason, now=now, late=late)
    if policy is not None and steps and round_ < policy.repeat:
        return _stand_on(case, incident, 0, round_ + 1, Reason.LADDER_REPEATED, now=now, late=late)
    return _exhaust(case, incident, now=now, late=late)


def stand_in(case: Case, incident: Incident, *, now: datetime) -> Climbed:
    """Pages the fallback in place of those whom the ladder was waking, on the same step; with nobody at all, the ladder
    looks again before long."""
    people = fallback_of(case, case.policy)
    reason = Reason.NOBODY_ON_DUTY if people else Reason.NOBODY_AT_ALL
    if not people:
        soon = now + DEFAULT_DELAY
        ends_at = min(incident.ladder.step_ends_at or soon, soon)
        incident = replace(incident, ladder=replace(incident.ladder, step_ends_at=ends_at))
    incident, pages = page_people(case, incident, people, reason, now=now)
    return incident, pages, reason


def page_people(
    case: Case, incident: Incident, people: tuple[int, ...], reason: Reason, *, now: datetime, late: int = 0
) -> tuple[Incident, tuple[SendPage, ...]]:
    """Begins to wake these people, in place of whom the ladder woke before."""
    paging: list[Paging] = []
    pages: list[SendPage] = []
    for person_id in people:
        begun, due = pages_due(
            Paging(person_id, now), case.directory.people[person_id], incident, reason=reason, now=now
        )
        paging.append(begun)
        pages.extend(replace(page, late=late) for page in due) if late else pages.extend(due)
    return replace(incident, ladder=replace(incident.ladder, paging=tuple(paging))), tuple(pages)


def _stand_on(
    case: Case,
    incident: Incident,
    level: int,
    round_: int,
    reason: Reason,
    *,
    now: datetime,
    late: int = 0,
    told_as: Reason | None = None,
) -> Climbed:
    policy = case.policy
    step = policy.steps[level] if policy is not None and level < len(policy.steps) else None
    delay = timedelta(seconds=step.delay) if step is not None else DEFAULT_DELAY
    people = people_of(step.targets, case.directory) if step is not None else ()
    outcome = told_as or reason
    if not people:
        people = fallback_of(case, policy)
        reason = outcome = Reason.NOBODY_ON_DUTY if people else Reason.NOBODY_AT_ALL
    if not people:
        delay = min(delay, DEFAULT_DELAY)  # a long step would only be a long silence
    incident = replace(incident, ladder=Ladder(level=level, round=round_, step_ends_at=now + delay))
    incident, pages = page_people(case, incident, people, reason, now=now, late=late)
    if people and not pages and _ends_untold(case, incident):
        incident, pages = _hurry(case, incident, reason, now=now, late=late)
    return incident, pages, outcome


def _ends_untold(case: Case, incident: Incident) -> bool:
    """Whether this step ends before anybody's first rule. If each step did, nobody would ever be told."""
    due = next_due(replace(incident, ladder=replace(incident.ladder, step_ends_at=None)), case.directory)
    ends_at = incident.ladder.step_ends_at
    return due is None or (ends_at is not None and due >= ends_at)


def _hurry(
    case: Case, incident: Incident, reason: Reason, *, now: datetime, late: int
) -> tuple[Incident, tuple[SendPage, ...]]:
    """Tells those on this step by their earliest rules, at once."""
    begun = [
        first_pages(paging, case.directory.people[paging.person], incident, reason=reason, now=now)
        for paging in incident.ladder.paging
    ]
    pages = tuple(replace(page, late=late) for _, some in begun for page in some)
    ladder = replace(incident.ladder, paging=tuple(paging for paging, _ in begun))
    return replace(incident, ladder=ladder), pages


def _exhaust(case: Case, incident: Incident, *, now: datetime, late: int) -> Climbed:
    people = fallback_of(case, case.policy)
    ladder = Ladder(level=len(case.policy.steps) if case.policy is not None else 0, round=incident.ladder.round)
    if not people:  # look again, from the first step on: somebody may be added
        ladder = replace(ladder, level=-1, step_ends_at=now + DEFAULT_DELAY)
    incident = replace(incident, ladder=ladder)
    reason = Reason.LADDER_EXHAUSTED if people else Reason.NOBODY_AT_ALL
    incident, pages = page_people(case, incident, people, reason, now=now, late=late)
    return incident, pages, reason
