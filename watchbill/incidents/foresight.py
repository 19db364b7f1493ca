"""What will happen to an incident by itself, if nobody does anything: the rules are asked, so it is what will be done."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from msgspec import Struct

from watchbill.engine.case import Case, Incident
from watchbill.engine.commands import SendPage
from watchbill.engine.directory import Directory
from watchbill.engine.facts import AlertTriggered, TimePassed
from watchbill.engine.outcome import Step
from watchbill.engine.reasons import Reason
from watchbill.engine.step import step
from watchbill.engine.words import Severity

MOST = 50  # a ladder may repeat for days


class Coming(Struct, frozen=True):
    """One thing that is to come. `at`: when, unless somebody acts before. `pages`: whom it pages. `incident`: as it will
    be afterwards."""

    at: datetime
    reason: Reason
    pages: tuple[SendPage, ...]
    incident: Incident


def foresee(incident: Incident, directory: Directory, *, most: int = MOST) -> list[Coming]:
    """What comes, in order, at most so many. Waits in which nothing is done are left out."""
    return list(islice(_coming(incident, directory), most))


def rehearse(service: int, directory: Directory, severity: Severity, *, now: datetime) -> list[Coming]:
    """What a new alert of this severity would do if it came at `now` and nobody answered. Nothing is written."""
    fact = AlertTriggered(service=service, dedup_key="rehearsal", summary="A rehearsal", severity=severity)
    decision = step(Case(directory.services[service], directory), fact, now=now)
    incident = decision.case.incident
    assert incident is not None, "an alert without an open one before it opens an incident"
    return [Coming(now, decision.reason, _pages(decision), incident), *foresee(incident, directory)]


def _coming(incident: Incident, directory: Directory) -> Iterator[Coming]:
    service = directory.services.get(incident.service)
    while service is not None and incident.due_at is not None:
        at = incident.due_at
        fact = TimePassed(service=incident.service, incident=incident.id)
        decision = step(Case(service, directory, incident), fact, now=at)
        after = decision.case.incident
        if after is None or after == incident:
            return
        if decision.reason is not Reason.STEP_STILL_RUNNING:
            yield Coming(at, decision.reason, _pages(decision), after)
        if decision.reason is Reason.NOBODY_AT_ALL:  # it looks again and again; saying so once is enough
            return
        incident = after


def _pages(decision: Step) -> tuple[SendPage, ...]:
    return tuple(command for command in decision.commands if isinstance(command, SendPage))
