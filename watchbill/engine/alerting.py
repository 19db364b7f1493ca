"""Decides what an alert does: open an incident, join one, be counted again, or end one."""

from datetime import datetime
from hashlib import blake2b

from msgspec.structs import replace

from watchbill.engine import escalation
from watchbill.engine.acknowledgement import give_back, take
from watchbill.engine.case import Alert, Case, Incident
from watchbill.engine.commands import Command, SaveAlert, SaveIncident
from watchbill.engine.due import with_due
from watchbill.engine.facts import AlertAcknowledged, AlertResolved, AlertTriggered
from watchbill.engine.grouping import incident_to_join
from watchbill.engine.maintenance import muted_until
from watchbill.engine.outcome import Step
from watchbill.engine.reasons import Reason
from watchbill.engine.resolution import end
from watchbill.engine.severity import is_raised, urgency_of, worse
from watchbill.engine.words import Status


def triggered(case: Case, fact: AlertTriggered, *, now: datetime) -> Step:
    """A monitor says that something is wrong: repeat, note that it is over by now, join or open, in this order."""
    if case.alert is not None and case.incident is not None:
        return _repeat(case, case.alert, case.incident, fact, now=now)
    if case.ended_at is not None and fact.kept_at is not None and case.ended_at > fact.kept_at:
        return _open_and_end(case, fact, now=now)
    joinable = incident_to_join(case, now=now)
    if joinable is not None:
        return _join(case, joinable, fact, now=now)
    return _open(case, fact, now=now)


def acknowledged(case: Case, fact: AlertAcknowledged, *, now: datetime) -> Step:
    """A monitor says that somebody works on it."""
    if case.alert is None or case.incident is None:
        return Step(case, (), Reason.NO_OPEN_ALERT)
    if case.incident.status is not Status.TRIGGERED:
        return Step(case, (), Reason.ALREADY_ACKNOWLEDGED)
    return take(case, case.incident, by=0, reason=Reason.ACKNOWLEDGED_BY_MONITOR, now=now)


def resolved(case: Case, fact: AlertResolved, *, now: datetime) -> Step:
    """A monitor says that the alert is over; with the last open alert the incident is over too."""
    if case.alert is None or case.incident is None:
        return Step(case, (), Reason.NO_OPEN_ALERT)
    alert = replace(case.alert, resolved_at=now)
    left = max(0, case.incident.alerts_open - 1)
    incident = replace(case.incident, alerts_open=left)
    reason = Reason.ALERT_RESOLVED
    if left == 0:
        incident, reason = end(incident, now=now), Reason.LAST_ALERT_RESOLVED
    case = replace(case, incident=incident, alert=None)
    return Step(case, (SaveIncident(incident), SaveAlert(alert, content_changed=False)), reason)


def content_of(fact: AlertTriggered) -> int:
    """A fingerprint of what the monitor said, 63 bits, the same on every machine."""
    said = "\0".join((fact.severity, fact.source, fact.summary)).encode()
    digest = blake2b(said + b"\0" + bytes(fact.body), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def _new_alert(fact: AlertTriggered, *, incident: int, now: datetime) -> Alert:
    return Alert(
        service=fact.service,
        incident=incident,
        integration=fact.integration,
        dedup_key=fact.dedup_key,
        summary=fact.summary,
        severity=fact.severity,
        source=fact.source,
        first_at=now,
        last_at=now,
        content=content_of(fact),
        body=fact.body,
    )


def _open(case: Case, fact: AlertTriggered, *, now: datetime) -> Step:
    incident = Incident(
        service=case.service.id,
        policy=case.service.policy,
        title=fact.summary,
        severity=fact.severity,
        urgency=urgency_of(case.service, fact.severity),
        opened_at=now,
        changed_at=now,
        muted_until=muted_until(case.service.id, case.directory, now=now),
    )
    case = replace(case, incident=incident)
    pages: tuple[Command, ...] = ()
    reason = Reason.MUTED_BY_MAINTENANCE
    if incident.muted_until is None:
        incident, pages, reason = escalation.begin(case, incident, Reason.FIRST_ALERT, now=now)
    incident = with_due(incident, case.directory)
    alert = _new_alert(fact, incident=0, now=now)
    case = replace(case, incident=incident, alert=alert)
    return Step(case, (SaveIncident(incident), SaveAlert(alert), *pages), reason)


def _open_and_end(case: Case, fact: AlertTriggered, *, now: datetime) -> Step:
    """It is over, so nobody is woken, but that it happened can be seen."""
    begun = Incident(
        service=case.service.id,
        policy=case.service.policy,
        title=fact.summary,
        severity=fact.severity,
        urgency=urgency_of(case.service, fact.severity),
        opened_at=now,
        changed_at=now,
        alerts_open=0,
    )
    incident = end(begun, now=now)
    alert = replace(_new_alert(fact, incident=0, now=now), resolved_at=now)
    case = replace(case, incident=incident, alert=None)
    return Step(case, (SaveIncident(incident), SaveAlert(alert)), Reason.OVER_BEFORE_KNOWN)


def _join(case: Case, incident: Incident, fact: AlertTriggered, *, now: datetime) -> Step:
    alert = _new_alert(fact, incident=incident.id, now=now)
    incident = replace(incident, alerts_open=incident.alerts_open + 1, alerts_total=incident.alerts_total + 1)
    case = replace(case, incident=incident, alert=alert)
    return _worsen(case, incident, (SaveAlert(alert),), fact, Reason.ALERT_JOINED, now=now)


def _repeat(case: Case, alert: Alert, incident: Incident, fact: AlertTriggered, *, now: datetime) -> Step:
    content = content_of(fact)
    changed = content != alert.content
    if changed:
        alert = replace(
            alert,
            summary=fact.summary,
            severity=fact.severity,
            source=fact.source,
            content=content,
            body=fact.body,
            last_at=now,
            count=alert.count + 1,
        )
    else:
        alert = replace(alert, last_at=now, count=alert.count + 1)
    case = replace(case, alert=alert)
    return _worsen(case, incident, (SaveAlert(alert, changed),), fact, Reason.ALERT_REPEATED, now=now)


def _worsen(
    case: Case,
    incident: Incident,
    commands: tuple[Command, ...],
    fact: AlertTriggered,
    reason: Reason,
    *,
    now: datetime,
) -> Step:
    """Lets a worse alert make its incident worse; what could wait and now wakes people begins the ladder again."""
    severity = worse(incident.severity, fact.severity)
    urgency = urgency_of(case.service, severity)
    raised = is_raised(incident.urgency, urgency)
    if severity is not incident.severity or raised:
        incident = replace(incident, severity=severity, urgency=urgency if raised else incident.urgency)
    if raised and incident.snoozed:  # what was put off is no longer what it was; an acknowledgement holds
        woken = give_back(replace(case, incident=incident), incident, Reason.ALERT_WORSENED, now=now)
        return Step(woken.case, (woken.commands[0], *commands, *woken.commands[1:]), woken.reason)
    pages: tuple[Command, ...] = ()
    if raised and incident.status is Status.TRIGGERED and incident.muted_until is None:
        case = replace(case, incident=incident)
        incident, pages, reason = escalation.begin(case, incident, Reason.ALERT_WORSENED, now=now)
        incident = with_due(incident, case.directory)
    if incident is not case.incident or reason is Reason.ALERT_JOINED:
        commands = (SaveIncident(incident), *commands)
    return Step(replace(case, incident=incident), (*commands, *pages), reason)
