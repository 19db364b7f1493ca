"""Decides which step of the ladder an unacknowledged incident stands on, and whom that step pages."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from watchbill.engine.case import Case, Incident, Ladder, Paging
from watchbill.engine.commands import Command, SendPage, TakeTurn, TellShadow
from watchbill.engine.directory import Directory, Policy, Target
from watchbill.engine.due import next_due
from watchbill.engine.notification import first_pages, pages_due
from watchbill.engine.reasons import Reason
from watchbill.engine.whom import applies, called_by, fallback_of, in_gap, shadows_of
from watchbill.engine.words import Whom

Climbed = tuple[Incident, tuple[Command, ...], Reason]

DEFAULT_DELAY = timedelta(minutes=5)


def begin(case: Case, incident: Incident, reason: Reason, *, now: datetime, late: int = 0) -> Climbed:
    """Puts the incident on the first step of its ladder. `reason`: why the ladder begins, kept for the journal."""
    told = Reason.FIRST_PAGE if reason is Reason.FIRST_ALERT else reason  # what the person is told, and why
    level = _next_level(case.policy, incident, 0, now=now)
    if level is None and case.policy is not None and case.policy.steps:  # there are steps, and none is for now
        return _exhaust(case, incident, now=now, late=late, reason=Reason.NO_STEP_APPLIES)
    return _stand_on(case, incident, level or 0, 0, told, now=now, late=late, told_as=reason)


def climb(case: Case, incident: Incident, reason: Reason, *, now: datetime, late: int = 0) -> Climbed:
    """Moves the incident up by one step, never more; after the last step the ladder begins again as often as the
    policy repeats, and then the fallback is paged once and the ladder ends. Steps that are not for now are passed over."""
    policy = case.policy
    level = _next_level(policy, incident, incident.ladder.level + 1, now=now)
    if level is not None:
        return _stand_on(case, incident, level, incident.ladder.round, reason, now=now, late=late)
    again = _next_level(policy, incident, 0, now=now)
    if policy is not None and again is not None and incident.ladder.round < policy.repeat:
        round_ = incident.ladder.round + 1
        return _stand_on(case, incident, again, round_, Reason.LADDER_REPEATED, now=now, late=late)
    untried = incident.ladder.level < 0 and policy is not None and bool(policy.steps)
    exhausted = Reason.NO_STEP_APPLIES if untried else Reason.LADDER_EXHAUSTED
    return _exhaust(case, incident, now=now, late=late, reason=exhausted)


def stand_in(case: Case, incident: Incident, *, now: datetime) -> Climbed:
    """Pages the fallback in place of those whom the ladder was waking, on the same step; with nobody at all, the ladder
    looks again before long."""
    people = fallback_of(case, case.policy, now=now)
    reason = Reason.NOBODY_ON_DUTY if people else Reason.NOBODY_AT_ALL
    if not people:
        soon = now + DEFAULT_DELAY
        ends_at = min(incident.ladder.step_ends_at or soon, soon)
        incident = replace(incident, ladder=replace(incident.ladder, step_ends_at=ends_at))
    incident, pages = page_people(case, incident, people, reason, now=now)
    return incident, (*pages, *_shadowing(case, incident, _fallback(case), now=now)), reason


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
    people: tuple[int, ...] = ()
    turn: tuple[Command, ...] = ()
    targets = step.targets if step is not None else ()
    if policy is not None and step is not None:
        people = called_by(step, case.directory, case.turns.get((policy.id, level), 0), now=now)
        turn = (TakeTurn(policy.id, level),) if step.whom is Whom.ROUND_ROBIN and people else ()
    outcome = told_as or reason
    if not people:
        people = fallback_of(case, policy, now=now)
        reason = outcome = _why_nobody(targets, case.directory, now=now) if people else Reason.NOBODY_AT_ALL
        targets = (*targets, *_fallback(case))
    if not people:
        delay = min(delay, DEFAULT_DELAY)  # a long step would only be a long silence
    incident = replace(incident, ladder=Ladder(level=level, round=round_, step_ends_at=now + delay))
    incident, pages = page_people(case, incident, people, reason, now=now, late=late)
    if people and not pages and _ends_untold(case, incident):
        incident, pages = _hurry(case, incident, reason, now=now, late=late)
    return incident, (*pages, *turn, *_shadowing(case, incident, targets, now=now)), outcome


def _next_level(policy: Policy | None, incident: Incident, level: int, *, now: datetime) -> int | None:
    """The first step from this one on that is for this incident now, or None."""
    steps = policy.steps if policy is not None else ()
    return next((at for at in range(level, len(steps)) if applies(steps[at].only, incident.severity, now=now)), None)


def _why_nobody(targets: tuple[Target, ...], directory: Directory, *, now: datetime) -> Reason:
    return Reason.GAP_IN_SCHEDULE if in_gap(targets, directory, now=now) else Reason.NOBODY_ON_DUTY


def _fallback(case: Case) -> tuple[Target, ...]:
    return case.policy.fallback if case.policy is not None else ()


def _shadowing(case: Case, incident: Incident, targets: tuple[Target, ...], *, now: datetime) -> tuple[TellShadow, ...]:
    """Those who shadow whoever is on duty are told, but not who is being woken anyway."""
    woken = {paging.person for paging in incident.ladder.paging}
    shadows = shadows_of(targets, case.directory, now=now)
    return tuple(TellShadow(who, incident.ladder.level) for who in shadows if who not in woken)


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


def _exhaust(
    case: Case, incident: Incident, *, now: datetime, late: int, reason: Reason = Reason.LADDER_EXHAUSTED
) -> Climbed:
    people = fallback_of(case, case.policy, now=now)
    ladder = Ladder(level=len(case.policy.steps) if case.policy is not None else 0, round=incident.ladder.round)
    if not people:  # look again, from the first step on: somebody may be added
        ladder = replace(ladder, level=-1, step_ends_at=now + DEFAULT_DELAY)
    incident = replace(incident, ladder=ladder)
    reason = reason if people else Reason.NOBODY_AT_ALL
    incident, pages = page_people(case, incident, people, reason, now=now, late=late)
    return incident, (*pages, *_shadowing(case, incident, _fallback(case), now=now)), reason
