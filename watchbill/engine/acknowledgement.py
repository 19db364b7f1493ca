"""Decides what it means that somebody has the incident, puts it off, or gives it back."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from watchbill.engine import escalation
from watchbill.engine.case import Case, Incident, Ladder
from watchbill.engine.commands import SaveIncident
from watchbill.engine.due import with_due
from watchbill.engine.facts import Acknowledged, Snoozed, Unacknowledged
from watchbill.engine.outcome import Step
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Status


def acknowledged(case: Case, fact: Acknowledged, *, now: datetime) -> Step:
    """A person takes the incident; paging stops. A second person's acknowledgement changes nothing, unless the first was
    nobody's (a monitor's, or a command's that gave no name)."""
    incident = case.incident
    if incident is None:
        return Step(case, (), Reason.UNKNOWN_INCIDENT)
    if not incident.is_open:
        return Step(case, (), Reason.ALREADY_RESOLVED)
    if incident.status is Status.ACKNOWLEDGED and (incident.acknowledged_by or not fact.by or incident.snoozed):
        return Step(case, (), Reason.ALREADY_ACKNOWLEDGED)
    return take(case, incident, by=fact.by, reason=Reason.ACKNOWLEDGED, now=now)


def take(case: Case, incident: Incident, *, by: int, reason: Reason, now: datetime) -> Step:
    """The incident becomes somebody's: the ladder stops, and the acknowledgement's own time runs. `by`: person id, or
    0 where a monitor said so."""
    timeout = case.service.acknowledge_timeout
    incident = replace(
        incident,
        status=Status.ACKNOWLEDGED,
        changed_at=now,
        acknowledged_by=by,
        snoozed=False,
        returns_at=now + timedelta(seconds=timeout) if timeout else None,
        muted_until=None,
        ladder=_at_rest(incident.ladder),
    )
    return _saved(case, incident, reason)


def unacknowledged(case: Case, fact: Unacknowledged, *, now: datetime) -> Step:
    """A person gives it back; the ladder begins again."""
    incident = case.incident
    if incident is None:
        return Step(case, (), Reason.UNKNOWN_INCIDENT)
    if not incident.is_open:
        return Step(case, (), Reason.ALREADY_RESOLVED)
    if incident.status is not Status.ACKNOWLEDGED:
        return Step(case, (), Reason.NOT_ACKNOWLEDGED)
    return give_back(case, incident, Reason.UNACKNOWLEDGED, now=now)


def snoozed(case: Case, fact: Snoozed, *, now: datetime) -> Step:
    """A person puts the incident off: it is theirs until it comes back by itself."""
    incident = case.incident
    if incident is None:
        return Step(case, (), Reason.UNKNOWN_INCIDENT)
    if not incident.is_open:
        return Step(case, (), Reason.ALREADY_RESOLVED)
    if fact.until <= now:
        return Step(case, (), Reason.SNOOZE_IN_THE_PAST)
    incident = replace(
        incident,
        status=Status.ACKNOWLEDGED,
        changed_at=now,
        acknowledged_by=fact.by or incident.acknowledged_by,
        snoozed=True,
        returns_at=fact.until,
        muted_until=None,
        ladder=_at_rest(incident.ladder),
    )
    return _saved(case, incident, Reason.SNOOZED)


def give_back(case: Case, incident: Incident, reason: Reason, *, now: datetime, late: int = 0) -> Step:
    """Nobody has it any more: the ladder of its policy begins again, with `reason` as the cause. `late`: seconds behind
    plan, >= 0."""
    incident = replace(
        incident,
        status=Status.TRIGGERED,
        changed_at=now,
        acknowledged_by=0,
        snoozed=False,
        returns_at=None,
        muted_until=None,
    )
    incident, pages, outcome = escalation.begin(case, incident, reason, now=now, late=late)
    incident = with_due(incident, case.directory)
    return Step(replace(case, incident=incident), (SaveIncident(incident), *pages), outcome)


def _at_rest(ladder: Ladder) -> Ladder:
    """The ladder, stopped where it stands: who escalates by hand later goes on from there."""
    return Ladder(level=ladder.level, round=ladder.round)


def _saved(case: Case, incident: Incident, reason: Reason) -> Step:
    incident = with_due(incident, case.directory)
    return Step(replace(case, incident=incident), (SaveIncident(incident),), reason)
