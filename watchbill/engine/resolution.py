"""Decides how an incident ends, and how it comes back."""

from datetime import datetime

from msgspec.structs import replace

from watchbill.engine.acknowledgement import give_back
from watchbill.engine.case import NO_LADDER, Case, Incident
from watchbill.engine.commands import CloseAlerts, SaveIncident
from watchbill.engine.facts import Reopened, Resolved
from watchbill.engine.outcome import Step
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Status


def end(incident: Incident, *, now: datetime) -> Incident:
    """The incident, over: nothing pages, nothing waits. Who had it stays known."""
    return replace(
        incident,
        status=Status.RESOLVED,
        changed_at=now,
        snoozed=False,
        returns_at=None,
        muted_until=None,
        ladder=NO_LADDER,
        due_at=None,
    )


def resolved(case: Case, fact: Resolved, *, now: datetime) -> Step:
    """A person says that it is over; its open alerts are closed with it."""
    incident = case.incident
    if incident is None:
        return Step(case, (), Reason.UNKNOWN_INCIDENT)
    if not incident.is_open:
        return Step(case, (), Reason.ALREADY_RESOLVED)
    incident = replace(end(incident, now=now), alerts_open=0)
    closed = replace(case, incident=incident, alert=None)
    return Step(closed, (SaveIncident(incident), CloseAlerts(now)), Reason.RESOLVED)


def reopened(case: Case, fact: Reopened, *, now: datetime) -> Step:
    """A person says that it is not over; the ladder begins again. Its old alerts stay closed."""
    incident = case.incident
    if incident is None:
        return Step(case, (), Reason.UNKNOWN_INCIDENT)
    if incident.is_open:
        return Step(case, (), Reason.ALREADY_OPEN)
    return give_back(case, incident, Reason.REOPENED, now=now)
