"""Incidents and alerts, from rows to the rules' cases: everything that a batch of facts needs, in few queries."""

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection

from watchbill.engine.case import Alert, Incident, Ladder
from watchbill.engine.directory import Maintenance
from watchbill.engine.words import Severity, Status, Urgency

INCIDENT = (
    "i.id, i.service_id, i.policy_id, i.title, i.severity, i.urgency, i.status, i.opened_at, i.changed_at, "
    "i.acknowledged_by, i.snoozed, i.returns_at, i.muted_until, i.alerts_open, i.alerts_total, i.ladder::text, i.due_at"
)
ALERT = (
    "a.id, a.service_id, a.incident_id, a.integration_id, a.dedup_key, a.summary, a.severity, a.source, a.first_at, "
    "a.last_at, a.resolved_at, a.count, a.content"
)
_INCIDENT_COLUMNS = INCIDENT.count(",") + 1

# The unique index alert_open_once serves this one key at a time; LIMIT keeps the planner from reading all of it.
OPEN_ALERTS = f"""
SELECT {INCIDENT}, {ALERT}
FROM unnest(%b::bigint[], %b::text[]) AS wanted (service_id, dedup_key)
CROSS JOIN LATERAL (
    SELECT * FROM alert
    WHERE service_id = wanted.service_id AND dedup_key = wanted.dedup_key AND resolved_at IS NULL LIMIT 1
) a
JOIN incident i ON i.id = a.incident_id
"""
BY_NUMBER = f"SELECT {INCIDENT} FROM incident i WHERE i.id = ANY(%b)"
NEWEST_OPEN = f"""
SELECT {INCIDENT} FROM unnest(%b::bigint[]) AS wanted (service_id)
CROSS JOIN LATERAL (
    SELECT * FROM incident WHERE service_id = wanted.service_id AND status <> 'resolved' ORDER BY id DESC LIMIT 3
) i
"""
SERVICES_OF = "SELECT id, service_id FROM incident WHERE id = ANY(%b)"
MAINTENANCE = """
SELECT m.id, m.starts_at, m.ends_at, array_agg(s.service_id)
FROM maintenance_window m JOIN maintenance_window_services s ON s.maintenancewindow_id = m.id
WHERE m.ends_at > app_now() - interval '1 day' GROUP BY m.id
"""

_ladder = msgspec.json.Decoder(Ladder)
# Looked up for every row; calling the class takes five times as long.
_SEVERITY = {str(word): word for word in Severity}
_URGENCY = {str(word): word for word in Urgency}
_STATUS = {str(word): word for word in Status}


async def open_alerts(link: AsyncConnection[Any], keys: Sequence[tuple[int, str]]) -> list[tuple[Incident, Alert]]:
    """The open alerts among these (service, dedup key) pairs, each with its incident."""
    services, names = [service for service, _ in keys], [key for _, key in keys]
    rows = await (await link.execute(OPEN_ALERTS, [services, names])).fetchall()
    return [(incident_of(row), alert_of(row[_INCIDENT_COLUMNS:])) for row in rows]


async def by_number(link: AsyncConnection[Any], numbers: Sequence[int]) -> list[Incident]:
    """The incidents with these numbers, as far as there are any."""
    return [incident_of(row) for row in await (await link.execute(BY_NUMBER, [list(numbers)])).fetchall()]


async def newest_open(link: AsyncConnection[Any], services: Sequence[int]) -> list[Incident]:
    """The newest open incidents of each of these services, the newest first; three, since a batch may end some."""
    return [incident_of(row) for row in await (await link.execute(NEWEST_OPEN, [list(services)])).fetchall()]


async def services_of(link: AsyncConnection[Any], numbers: Sequence[int]) -> dict[int, int]:
    """The service of each of these incidents; it never changes."""
    return dict(await (await link.execute(SERVICES_OF, [list(numbers)])).fetchall())


async def maintenance(link: AsyncConnection[Any]) -> tuple[Maintenance, ...]:
    """The maintenance windows that are not long over."""
    rows = await (await link.execute(MAINTENANCE)).fetchall()
    return tuple(Maintenance(id_, tuple(services), starts, ends) for id_, starts, ends, services in rows)


def incident_of(row: Sequence[Any]) -> Incident:
    """An incident from the columns of INCIDENT."""
    return Incident(
        id=row[0],
        service=row[1],
        policy=row[2],
        title=row[3],
        severity=_SEVERITY[row[4]],
        urgency=_URGENCY[row[5]],
        status=_STATUS[row[6]],
        opened_at=row[7],
        changed_at=row[8],
        acknowledged_by=row[9],
        snoozed=row[10],
        returns_at=row[11],
        muted_until=row[12],
        alerts_open=row[13],
        alerts_total=row[14],
        ladder=_ladder.decode(row[15]),
        due_at=row[16],
    )


def alert_of(row: Sequence[Any]) -> Alert:
    """An alert from the columns of ALERT."""
    return Alert(
        id=row[0],
        service=row[1],
        incident=row[2],
        integration=row[3],
        dedup_key=row[4],
        summary=row[5],
        severity=_SEVERITY[row[6]],
        source=row[7],
        first_at=row[8],
        last_at=row[9],
        resolved_at=row[10],
        count=row[11],
        content=row[12],
    )
