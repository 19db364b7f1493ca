"""Decides what happens when a person hands an incident on, or up the ladder."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from watchbill.engine import escalation
from watchbill.engine.acknowledgement import give_back
from watchbill.engine.case import Case, Incident, Ladder
from watchbill.engine.commands import SaveIncident
from watchbill.engine.due import with_due
from watchbill.engine.facts import EscalatedNow, Reassigned
from watchbill.engine.notification import reachable
from watchbill.engine.outcome import Step
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Status


def reassigned(case: Case, fact: Reassigned, *, now: datetime) -> Step:
    """Hands the incident to people, who are paged in place of the ladder, or to another policy, whose ladder begins.

    If the people do not answer before the policy's first step would have ended, the ladder begins after all.
    """
    incident = case.incident
    if incident is None:
        return Step(case, (), Reason.UNKNOWN_INCIDENT)
    if not incident.is_open:
        return Step(case, (), Reason.ALREADY_RESOLVED)
    if fact.policy is not None:
        if fact.policy not in case.directory.policies:
            return Step(case, (), Reason.UNKNOWN_TARGET)
        incident = replace(incident, policy=fact.policy)
        return give_back(replace(case, incident=incident), incident, Reason.REASSIGNED, now=now)
    people = tuple(dict.fromkeys(fact.people))
    if not people or not all(reachable(case.directory.people.get(person)) for person in people):
        return Step(case, (), Reason.UNKNOWN_TARGET)
    policy = case.policy
    wait = policy.steps[0].delay if policy is not None and policy.steps else None
    ladder = Ladder(step_ends_at=now + (timedelta(seconds=wait) if wait else escalation.DEFAULT_DELAY))
    incident = _untaken(incident, ladder, now=now)
    incident, pages = escalation.page_people(case, incident, people, Reason.REASSIGNED, now=now)
    incident = with_due(incident, case.directory)
    return Step(replace(case, incident=incident), (SaveIncident(incident), *pages), Reason.REASSIGNED)


def escalated_now(case: Case, fact: EscalatedNow, *, now: datetime) -> Step:
    """Takes the next step of the ladder without waiting, also from an incident that somebody has."""
    incident = case.incident
    if incident is None:
        return Step(case, (), Reason.UNKNOWN_INCIDENT)
    if not incident.is_open:
        return Step(case, (), Reason.ALREADY_RESOLVED)
    incident = _untaken(incident, incident.ladder, now=now)
    incident, pages, reason = escalation.climb(case, incident, Reason.ESCALATED_BY_HAND, now=now)
    incident = with_due(incident, case.directory)
    return Step(replace(case, incident=incident), (SaveIncident(incident), *pages), reason)


def _untaken(incident: Incident, ladder: Ladder, *, now: datetime) -> Incident:
    changed_at = incident.changed_at if incident.status is Status.TRIGGERED else now
    return replace(
        incident,
        status=Status.TRIGGERED,
        changed_at=changed_at,
        acknowledged_by=0,
        snoozed=False,
        returns_at=None,
        muted_until=None,
        ladder=ladder,
    )
