"""The twins of the statements of the road: what `submit` and `wakeups` run, with what the chapters read and write.

Each takes the tables and the statement's parameters. It reads at once; what it writes is done at the commit, since within
one transaction of the product nothing reads what was written before in it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from sim.store.tables import Line, Notice, Page, Tables
from watchbill.engine.case import Alert, Incident
from watchbill.incidents import apply as incidents_apply
from watchbill.incidents import load as incidents_load
from watchbill.journal import apply as journal_apply
from watchbill.journal import load as journal_load
from watchbill.oncall import apply as oncall_apply
from watchbill.paging import apply as paging_apply
from watchbill.paging import turns
from watchbill.runtime import clock, submit, wakeups

Rows = list[tuple[Any, ...]]
Write = Callable[[], None]


class Answer(Struct):
    """`rows`: what the statement answers. `write`: what it changes, done at the commit."""

    rows: Sequence[tuple[Any, ...]] = ()
    write: Write | None = None


Twin = Callable[[Tables, Any], Answer]
NOTHING = Answer()

_incidents = msgspec.json.Decoder(list[Incident])
_alerts = msgspec.json.Decoder(list[Alert])
_pages = msgspec.json.Decoder(list[paging_apply.NewPage])
_lines = msgspec.json.Decoder(list[journal_apply.Line])
_notices = msgspec.json.Decoder(list[oncall_apply.NewNotice])
_encode = msgspec.json.Encoder().encode


def _lock_services(tables: Tables, parameters: Any) -> Answer:
    return Answer([(len(parameters[0]),)])


def _now_and_version(tables: Tables, parameters: Any) -> Answer:
    return Answer([(tables.now(), tables.directory.version)])


def _now(tables: Tables, parameters: Any) -> Answer:
    return Answer([(tables.now(),)])


def _nothing(tables: Tables, parameters: Any) -> Answer:
    return NOTHING


# wakeups


def _due(tables: Tables, parameters: Any) -> Answer:
    ailing, most = parameters
    now = tables.now()
    found = sorted((due, number) for number, due in tables.waiting.items() if due <= now and number not in ailing)
    return Answer([(number, tables.incidents[number].service) for _, number in found[:most]])


def _next(tables: Tables, parameters: Any) -> Answer:
    (ailing,) = parameters
    nearest = min((due for number, due in tables.waiting.items() if number not in ailing), default=None)
    seconds = None if nearest is None else (nearest - tables.now()).total_seconds()
    return Answer([(seconds, tables.directory.version)])


# incidents and alerts


def _incident_row(tables: Tables, incident: Incident) -> tuple[Any, ...]:
    return (
        incident.id, incident.service, incident.policy, incident.title, str(incident.severity), str(incident.urgency),
        str(incident.status), incident.opened_at, incident.changed_at, incident.acknowledged_by, incident.snoozed,
        incident.returns_at, incident.muted_until, incident.alerts_open, incident.alerts_total,
        tables.ladders[incident.id], incident.due_at,
    )  # fmt: skip


def _alert_row(alert: Alert) -> tuple[Any, ...]:
    return (
        alert.id, alert.service, alert.incident, alert.integration, alert.dedup_key, alert.summary, str(alert.severity),
        alert.source, alert.first_at, alert.last_at, alert.resolved_at, alert.count, alert.content,
    )  # fmt: skip


def _open_alerts(tables: Tables, parameters: Any) -> Answer:
    rows: Rows = []
    for key in zip(*parameters, strict=True):
        number = tables.open_alerts.get(key)
        if number is not None:
            alert = tables.alerts[number]
            incident = tables.incidents.get(alert.incident)
            if incident is not None:
                rows.append(_incident_row(tables, incident) + _alert_row(alert))
    return Answer(rows)


def _by_number(tables: Tables, parameters: Any) -> Answer:
    known = (tables.incidents.get(number) for number in dict.fromkeys(parameters[0]))
    return Answer([_incident_row(tables, incident) for incident in known if incident is not None])


def _newest_open(tables: Tables, parameters: Any) -> Answer:
    numbers = [number for service in parameters[0] for number in tables.open_of.get(service, ())[: -3 - 1 : -1]]
    return Answer([_incident_row(tables, tables.incidents[number]) for number in numbers])


def _services_of(tables: Tables, parameters: Any) -> Answer:
    known = dict.fromkeys(number for number in parameters[0] if number in tables.incidents)
    return Answer([(number, tables.incidents[number].service) for number in known])


def _numbers(tables: Tables, parameters: Any) -> Answer:
    first = tables.last_number + 1
    tables.last_number += parameters[0]  # as a sequence: a rollback gives none back
    return Answer([(number,) for number in range(first, tables.last_number + 1)])


def _put_incidents(tables: Tables, parameters: Any, *, new: bool) -> Answer:
    incidents = _incidents.decode(parameters[0])

    def write() -> None:
        for incident in incidents:
            before = tables.incidents.get(incident.id)
            if new and before is not None:
                raise ValueError(f"duplicate key value violates unique constraint incident_pkey: {incident.id}")
            if new:
                tables.put_incident(incident, _encode(incident.ladder).decode())
            elif before is not None:
                kept = replace(incident, service=before.service, opened_at=before.opened_at)
                tables.put_incident(kept, _encode(incident.ladder).decode())

    return Answer(write=write)


def _add_alerts(tables: Tables, parameters: Any) -> Answer:
    alerts = _alerts.decode(parameters[0])

    def write() -> None:
        for alert in alerts:
            tables.last_alert += 1
            tables.put_alert(replace(alert, id=tables.last_alert))

    return Answer(write=write)


def _change_alerts(tables: Tables, parameters: Any) -> Answer:
    alerts = _alerts.decode(parameters[0])

    def write() -> None:
        for alert in alerts:
            before = tables.alerts.get(alert.id)
            if before is not None:
                kept = replace(
                    alert, service=before.service, incident=before.incident, integration=before.integration,
                    dedup_key=before.dedup_key, first_at=before.first_at,
                )  # fmt: skip
                tables.put_alert(kept)

    return Answer(write=write)


def _touch_alerts(tables: Tables, parameters: Any) -> Answer:
    def write() -> None:
        for number, last_at, resolved_at, count in zip(*parameters, strict=True):
            before = tables.alerts.get(number)
            if before is not None:
                tables.put_alert(replace(before, last_at=last_at, resolved_at=resolved_at, count=count))

    return Answer(write=write)


def _close_alerts(tables: Tables, parameters: Any) -> Answer:
    def write() -> None:
        for number, at in zip(*parameters, strict=True):
            for alert in [tables.alerts[id_] for id_ in tables.alerts_of.get(number, ())]:
                if alert.resolved_at is None:
                    tables.put_alert(replace(alert, resolved_at=at))

    return Answer(write=write)


# pages, turns, notices and the journal


def _add_pages(tables: Tables, parameters: Any) -> Answer:
    pages = _pages.decode(parameters[0])
    now = tables.now()

    def write() -> None:
        for page in pages:
            tables.last_page += 1
            row = Page(
                id=tables.last_page, incident=page.incident, person=page.person, method=page.method,
                channel=page.channel, level=page.level, urgency=str(page.urgency), reason=str(page.reason),
                created_at=page.at, due_at=min(page.at, now), late=page.late,
            )  # fmt: skip
            tables.put_page(row)

    return Answer(write=write)


def _turns(tables: Tables, parameters: Any) -> Answer:
    policies = set(parameters[0])
    return Answer([(*step, turn) for step, turn in tables.turns.items() if step[0] in policies])


def _count_on(tables: Tables, parameters: Any) -> Answer:
    def write() -> None:
        for policy, level, more in zip(*parameters, strict=True):
            tables.count_on(policy, level, more)

    return Answer(write=write)


def _tell_shadows(tables: Tables, parameters: Any) -> Answer:
    notices = _notices.decode(parameters[0])
    now = tables.now()

    def write() -> None:
        for one in notices:
            row = Notice(
                key=f"shadow {one.incident} {one.person}", person=one.person, kind="shadow", subject=one.subject,
                body=one.body, incident=one.incident, created_at=one.at, state="due", due_at=min(one.at, now),
                attempts=0, detail="",
            )  # fmt: skip
            tables.put_notice(row)

    return Answer(write=write)


def _append(tables: Tables, parameters: Any) -> Answer:
    lines = _lines.decode(parameters[0])

    def write() -> None:
        for line in lines:
            row = Line(
                id=len(tables.journal) + 1, at=line.at, incident=line.incident, service=line.service, kind=line.kind,
                what=line.what, reason=line.reason, by=line.by, via=line.via, data=Raw(bytes(line.data)),
            )  # fmt: skip
            tables.put_line(row)

    return Answer(write=write)


def _last_ended(tables: Tables, parameters: Any) -> Answer:
    return Answer([(*key, tables.ended[key]) for key in zip(*parameters, strict=True) if key in tables.ended])


ROAD: dict[str, Twin] = {
    submit.LOCK_SERVICES: _lock_services,
    submit.NOW_AND_VERSION: _now_and_version,
    clock.NOW: _now,
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY": _nothing,
    "SELECT 1": lambda tables, parameters: Answer([(1,)]),
    wakeups.DUE: _due,
    wakeups.NEXT: _next,
    incidents_load.OPEN_ALERTS: _open_alerts,
    incidents_load.BY_NUMBER: _by_number,
    incidents_load.NEWEST_OPEN: _newest_open,
    incidents_load.SERVICES_OF: _services_of,
    incidents_apply.NUMBERS: _numbers,
    incidents_apply.ADD_INCIDENTS: lambda tables, parameters: _put_incidents(tables, parameters, new=True),
    incidents_apply.CHANGE_INCIDENTS: lambda tables, parameters: _put_incidents(tables, parameters, new=False),
    incidents_apply.ADD_ALERTS: _add_alerts,
    incidents_apply.CHANGE_ALERTS: _change_alerts,
    incidents_apply.TOUCH_ALERTS: _touch_alerts,
    incidents_apply.CLOSE_ALERTS: _close_alerts,
    paging_apply.ADD_PAGES: _add_pages,
    turns.TAKE: _turns,
    turns.COUNT_ON: _count_on,
    oncall_apply.TELL_SHADOWS: _tell_shadows,
    journal_apply.APPEND: _append,
    journal_load.LAST_ENDED: _last_ended,
}
