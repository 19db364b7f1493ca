"""Writes incidents and alerts as the rules have decided them, many at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from watchbill.engine.case import Alert, Incident
from watchbill.runtime.changes import Changes
from watchbill.runtime.database import as_json

_INCIDENT_TYPES = (
    "id bigint, service bigint, policy bigint, title text, severity text, urgency text, status text, "
    "opened_at timestamptz, changed_at timestamptz, acknowledged_by bigint, snoozed boolean, returns_at timestamptz, "
    "muted_until timestamptz, alerts_open int, alerts_total int, ladder jsonb, due_at timestamptz"
)
_ALERT_TYPES = (
    "id bigint, service bigint, incident bigint, integration bigint, dedup_key text, summary text, severity text, "
    "source text, first_at timestamptz, last_at timestamptz, resolved_at timestamptz, count int, content bigint, body jsonb"
)

ADD_INCIDENTS = f"""
INSERT INTO incident (id, service_id, policy_id, title, severity, urgency, status, opened_at, changed_at,
    acknowledged_by, snoozed, returns_at, muted_until, alerts_open, alerts_total, ladder, due_at)
SELECT * FROM json_to_recordset(%s::json) AS r ({_INCIDENT_TYPES})
"""
CHANGE_INCIDENTS = f"""
UPDATE incident i SET policy_id = r.policy, title = r.title, severity = r.severity, urgency = r.urgency,
    status = r.status, changed_at = r.changed_at, acknowledged_by = r.acknowledged_by, snoozed = r.snoozed,
    returns_at = r.returns_at, muted_until = r.muted_until, alerts_open = r.alerts_open,
    alerts_total = r.alerts_total, ladder = r.ladder, due_at = r.due_at
FROM json_to_recordset(%s::json) AS r ({_INCIDENT_TYPES}) WHERE i.id = r.id
"""
ADD_ALERTS = f"""
INSERT INTO alert (service_id, incident_id, integration_id, dedup_key, summary, severity, source, first_at, last_at,
    resolved_at, count, content, body)
SELECT service, incident, integration, dedup_key, summary, severity, source, first_at, last_at, resolved_at, count,
    content, body
FROM json_to_recordset(%s::json) AS r ({_ALERT_TYPES})
"""
CHANGE_ALERTS = f"""
UPDATE alert a SET summary = r.summary, severity = r.severity, source = r.source, last_at = r.last_at,
    resolved_at = r.resolved_at, count = r.count, content = r.content, body = r.body
FROM json_to_recordset(%s::json) AS r ({_ALERT_TYPES}) WHERE a.id = r.id
"""
# The hot one: alerts that were only said again, or ended. It leaves what was said alone, and for a repetition writes
# no index.
TOUCH_ALERTS = """
UPDATE alert a SET last_at = r.last_at, resolved_at = r.resolved_at, count = r.count
FROM unnest(%b::bigint[], %b::timestamptz[], %b::timestamptz[], %b::int[]) AS r (id, last_at, resolved_at, count)
WHERE a.id = r.id
"""
# `coalesce` hides the condition from the index of all open alerts, of which there may be very many.
CLOSE_ALERTS = """
UPDATE alert a SET resolved_at = r.at
FROM unnest(%b::bigint[], %b::timestamptz[]) AS r (incident_id, at)
WHERE a.incident_id = r.incident_id AND coalesce(a.resolved_at, 'infinity') = 'infinity'
"""
NUMBERS = "SELECT nextval(pg_get_serial_sequence('incident', 'id')) FROM generate_series(1, %b)"


async def numbers(link: AsyncConnection[Any], count: int) -> list[int]:
    """So many fresh incident numbers, in order."""
    return [row[0] for row in await (await link.execute(NUMBERS, [count])).fetchall()]


async def add_incidents(link: AsyncConnection[Any], incidents: Sequence[Incident]) -> None:
    """Writes incidents that have a number but no row yet."""
    await link.execute(ADD_INCIDENTS, [as_json(incidents)])


async def change_incidents(link: AsyncConnection[Any], incidents: Sequence[Incident]) -> None:
    """Writes incidents over their rows."""
    await link.execute(CHANGE_INCIDENTS, [as_json(incidents)])


async def add_alerts(link: AsyncConnection[Any], alerts: Sequence[Alert]) -> None:
    """Writes alerts that have no row yet."""
    await link.execute(ADD_ALERTS, [as_json(alerts)])


async def change_alerts(link: AsyncConnection[Any], alerts: Sequence[Alert]) -> None:
    """Writes alerts over their rows."""
    await link.execute(CHANGE_ALERTS, [as_json(alerts)])


async def touch_alerts(link: AsyncConnection[Any], alerts: Sequence[Alert]) -> None:
    """Writes only the count, the last sighting and the end of alerts that are otherwise as stored."""
    columns = zip(*((alert.id, alert.last_at, alert.resolved_at, alert.count) for alert in alerts), strict=True)
    await link.execute(TOUCH_ALERTS, [list(column) for column in columns])


async def close_alerts(link: AsyncConnection[Any], closed: Sequence[tuple[int, datetime]]) -> None:
    """Resolves every open alert of these incidents."""
    await link.execute(CLOSE_ALERTS, [[incident for incident, _ in closed], [at for _, at in closed]])


async def write(link: AsyncConnection[Any], changes: Changes) -> None:
    """Writes what a batch changed. What ends is written before what begins: both may be alerts with one key."""
    if changes.touched_alerts:
        await touch_alerts(link, changes.touched_alerts)
    if changes.changed_alerts:
        await change_alerts(link, changes.changed_alerts)
    if changes.closed:
        await close_alerts(link, changes.closed)
    if changes.new_incidents:
        await add_incidents(link, changes.new_incidents)
    if changes.changed_incidents:
        await change_incidents(link, changes.changed_incidents)
    if changes.new_alerts:
        await add_alerts(link, changes.new_alerts)
