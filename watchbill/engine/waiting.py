"""Decides what the passing of time does: a step times out, a rule falls due, an acknowledgement lapses, a mute ends."""

from datetime import datetime

from msgspec.structs import replace

from watchbill.engine import escalation
from watchbill.engine.acknowledgement import give_back
from watchbill.engine.case import Case, Incident, Paging
from watchbill.engine.commands import SaveIncident, SendPage
from watchbill.engine.due import with_due
from watchbill.engine.facts import PageFailed, TimePassed
from watchbill.engine.maintenance import muted_until
from watchbill.engine.notification import pages_due, rules_of
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
    if incident.status is Status.ACKNOWLEDGED:
        lapsed = Reason.SNOOZE_OVER if incident.snoozed else Reason.ACKNOWLEDGEMENT_TIMED_OUT
        return give_back(case, incident, lapsed, now=now)
    if incident.muted_until is not None:
        return _mute_ended(case, incident, now=now)
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
    person = case.directory.people.get(fact.person)
    if mine is None or person is None or fact.method in mine.failed:
        return Step(case, (), Reason.NOTHING_DUE)
    rules = rules_of(person, incident.urgency)
    failed = (*mine.failed, fact.method)
    told = {rule.method for rule in rules[: mine.next_rule]}
    others = dict.fromkeys(rule.method for rule in rules if rule.method not in failed)
    others.update(dict.fromkeys(m.id for m in person.methods if m.enabled and m.id not in failed))
    untold = [method for method in others if method not in told]
    mine = replace(mine, failed=failed, next_rule=len(rules) if untold else mine.next_rule)
    incident = _with_paging(incident, mine)
    if untold:
        level = incident.ladder.level
        pages = tuple(SendPage(person.id, method, level, Reason.METHOD_FAILED) for method in untold)
        return _saved(case, incident, pages, Reason.METHOD_FAILED)
    if others:  # what is left was told already and has not failed
        return _saved(case, incident, (), Reason.STEP_STILL_RUNNING)
    if all(_is_dead(case, paging) for paging in incident.ladder.paging) and incident.ladder.step_ends_at is not None:
        incident, pages, _ = escalation.climb(case, incident, Reason.METHOD_FAILED_NO_OTHER, now=now)
        return _saved(case, incident, pages, Reason.METHOD_FAILED_NO_OTHER)
    return _saved(case, incident, (), Reason.STEP_STILL_RUNNING)


def _mute_ended(case: Case, incident: Incident, *, now: datetime) -> Step:
    still = muted_until(incident.service, case.directory, now=now)
    if still is not None:
        return _saved(case, replace(incident, muted_until=still), (), Reason.MUTED_BY_MAINTENANCE)
    return give_back(case, incident, Reason.MAINTENANCE_OVER, now=now)


def _next_rules(case: Case, incident: Incident, *, now: datetime) -> Step:
    pagings: list[Paging] = []
    pages: list[SendPage] = []
    for paging in incident.ladder.paging:
        person = case.directory.people.get(paging.person)
        if person is None or not person.active:
            continue
        moved, due = pages_due(paging, person, incident, reason=Reason.NEXT_RULE_DUE, now=now)
        pagings.append(moved)
        pages.extend(due)
    incident = replace(incident, ladder=replace(incident.ladder, paging=tuple(pagings)))
    reason = Reason.NEXT_RULE_DUE if pages else Reason.STEP_STILL_RUNNING
    return _saved(case, incident, tuple(pages), reason)


def _is_dead(case: Case, paging: Paging) -> bool:
    person = case.directory.people.get(paging.person)
    return person is None or all(method.id in paging.failed for method in person.methods if method.enabled)


def _with_paging(incident: Incident, paging: Paging) -> Incident:
    pagings = tuple(paging if old.person == paging.person else old for old in incident.ladder.paging)
    return replace(incident, ladder=replace(incident.ladder, paging=pagings))


def _saved(case: Case, incident: Incident, pages: tuple[SendPage, ...], reason: Reason) -> Step:
    incident = with_due(incident, case.directory)
    return Step(replace(case, incident=incident), (SaveIncident(incident), *pages), reason)
