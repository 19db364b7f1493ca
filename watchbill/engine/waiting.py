"""Decides what the passing of time does: a step times out, a rule falls due, an acknowledgement lapses, a mute ends."""

from datetime import datetime

from msgspec.structs import replace

from watchbill.engine import escalation
from watchbill.engine.acknowledgement import give_back
from watchbill.engine.case import Case, Incident, Paging
from watchbill.engine.commands import Command, SaveIncident, SendPage
from watchbill.engine.due import with_due
from watchbill.engine.facts import PageFailed, TimePassed
from watchbill.engine.maintenance import muted_until
from watchbill.engine.notification import pages_due, reachable, rules_of
from watchbill.engine.outcome import Step
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Status


def time_passed(case: Case, fact: TimePassed, *, now: datetime) -> Step:
    """Does the one thing that is due, once, however late it is."""
    incident = case.incident
    if incident is None:
        return Step(case, (), Reason.UNKNOWN_INCIDENT)
    if incident.due_at is None or incident.due_at > now:
        return Step(case, (), Reason.NOTHING_DUE)
    late = int((now - incident.due_at).total_seconds())
    if incident.status is Status.ACKNOWLEDGED:
        lapsed = Reason.SNOOZE_OVER if incident.snoozed else Reason.ACKNOWLEDGEMENT_TIMED_OUT
        return give_back(case, incident, lapsed, now=now, late=late)
    if incident.muted_until is not None:
        return _mute_ended(case, incident, now=now, late=late)
    ends_at = incident.ladder.step_ends_at
    if ends_at is not None and ends_at <= now:
        late = int((now - ends_at).total_seconds())
        reassigned = incident.ladder.level < 0 and bool(incident.ladder.paging)
        reason = Reason.REASSIGNED_UNANSWERED if reassigned else Reason.STEP_TIMED_OUT
        incident, pages, outcome = escalation.climb(case, incident, reason, now=now, late=late)
        return _saved(case, incident, pages, outcome)
    return _next_rules(case, incident, now=now)


def page_failed(case: Case, fact: PageFailed, *, now: datetime) -> Step:
    """A contact method is dead: the person's other methods page at once, or else the next step does.

    What was to come later from the person's rules comes now; waiting out the delay would only lose time.
    """
    incident = case.incident
    if incident is None:
        return Step(case, (), Reason.UNKNOWN_INCIDENT)
    if incident.status is not Status.TRIGGERED:
        return Step(case, (), Reason.NOTHING_DUE)
    mine = next((paging for paging in incident.ladder.paging if paging.person == fact.person), None)
    if mine is None or fact.method in mine.failed:
        return Step(case, (), Reason.NOTHING_DUE)
    untold = _untold(case, incident, mine, fact.method)
    mine = replace(mine, failed=(*mine.failed, fact.method))
    if untold:
        person = case.directory.people[fact.person]
        told_to = max((rule.delay for rule in rules_of(person, incident.urgency)), default=mine.told_to)
        incident = _with_paging(incident, replace(mine, told_to=max(mine.told_to, told_to)))
        level = incident.ladder.level
        pages = tuple(SendPage(fact.person, method, level, Reason.METHOD_FAILED) for method in untold)
        return _saved(case, incident, pages, Reason.METHOD_FAILED)
    incident = _with_paging(incident, mine)
    if not all(_is_dead(case, paging) for paging in incident.ladder.paging):
        return _saved(case, incident, (), Reason.STEP_STILL_RUNNING)
    if incident.ladder.step_ends_at is not None:
        incident, next_ones, reason = escalation.climb(case, incident, Reason.METHOD_FAILED_NO_OTHER, now=now)
        return _saved(case, incident, next_ones, reason)
    # The ladder has ended on people whom nothing reached: it looks again, for else nobody ever would.
    ladder = replace(incident.ladder, step_ends_at=now + escalation.DEFAULT_DELAY)
    return _saved(case, replace(incident, ladder=ladder), (), Reason.NOBODY_AT_ALL)


def _mute_ended(case: Case, incident: Incident, *, now: datetime, late: int) -> Step:
    still = muted_until(incident.service, case.directory, now=now)
    if still is not None:
        return _saved(case, replace(incident, muted_until=still), (), Reason.MUTED_BY_MAINTENANCE)
    return give_back(case, incident, Reason.MAINTENANCE_OVER, now=now, late=late)


def _next_rules(case: Case, incident: Incident, *, now: datetime) -> Step:
    pagings: list[Paging] = []
    pages: list[SendPage] = []
    for paging in incident.ladder.paging:
        person = case.directory.people.get(paging.person)
        if person is None or not reachable(person):
            continue
        moved, due = pages_due(paging, person, incident, reason=Reason.NEXT_RULE_DUE, now=now)
        pagings.append(moved)
        pages.extend(due)
    if not pagings:  # those who were being woken are gone, or can no longer be reached
        incident, instead, reason = escalation.stand_in(case, incident, now=now)
        return _saved(case, incident, instead, reason)
    incident = replace(incident, ladder=replace(incident.ladder, paging=tuple(pagings)))
    reason = Reason.NEXT_RULE_DUE if pages else Reason.STEP_STILL_RUNNING
    return _saved(case, incident, tuple(pages), reason)


def _untold(case: Case, incident: Incident, paging: Paging, failed: int) -> tuple[int, ...]:
    """The person's methods that were not told yet, now that `failed` is dead: those of the rules first. After the first
    failure there are none, since all were told then."""
    person = case.directory.people.get(paging.person)
    if person is None or not person.active or paging.failed:
        return ()
    rules = rules_of(person, incident.urgency)
    told = {failed, *(rule.method for rule in rules if rule.delay <= paging.told_to)}
    methods = [*(rule.method for rule in rules), *(method.id for method in person.methods if method.enabled)]
    return tuple(dict.fromkeys(method for method in methods if method not in told))


def _is_dead(case: Case, paging: Paging) -> bool:
    person = case.directory.people.get(paging.person)
    if person is None or not person.active:
        return True
    return all(method.id in paging.failed for method in person.methods if method.enabled)


def _with_paging(incident: Incident, paging: Paging) -> Incident:
    pagings = tuple(paging if old.person == paging.person else old for old in incident.ladder.paging)
    return replace(incident, ladder=replace(incident.ladder, paging=pagings))


def _saved(case: Case, incident: Incident, pages: tuple[Command, ...], reason: Reason) -> Step:
    incident = with_due(incident, case.directory)
    return Step(replace(case, incident=incident), (SaveIncident(incident), *pages), reason)
