"""Reads of incidents and alerts for the command line, the pages and the API. On somebody's behalf: see `access.py`."""

from collections.abc import Collection
from typing import Any

from msgspec import Raw, Struct
from msgspec.structs import replace
from psycopg import AsyncConnection

from watchbill.engine.case import Alert, Incident
from watchbill.engine.words import Status
from watchbill.incidents.load import ALERT, INCIDENT, alert_of, incident_of

# The partial index incident_open serves what is open; the others are read from the newest backwards.
LIST_OPEN = f"""
SELECT {INCIDENT} FROM incident i
WHERE i.status <> 'resolved' AND (%(status)s::text IS NULL OR i.status = %(status)s)
    AND (%(within)s::bigint[] IS NULL OR i.service_id = ANY(%(within)s))
    AND (%(sight)s::bigint[] IS NULL OR i.service_id = ANY(%(sight)s) OR i.acknowledged_by = %(person)s
        OR i.ladder @> jsonb_build_object('paging', jsonb_build_array(jsonb_build_object('person', %(person)s::bigint))))
ORDER BY i.status DESC, i.urgency, array_position(ARRAY['critical', 'error', 'warning', 'info'], i.severity), i.id DESC
LIMIT %(limit)s
"""
LIST_ALL = f"""
SELECT {INCIDENT} FROM incident i
WHERE (%(status)s::text IS NULL OR i.status = %(status)s)
    AND (%(within)s::bigint[] IS NULL OR i.service_id = ANY(%(within)s))
    AND (%(sight)s::bigint[] IS NULL OR i.service_id = ANY(%(sight)s) OR i.acknowledged_by = %(person)s
        OR i.ladder @> jsonb_build_object('paging', jsonb_build_array(jsonb_build_object('person', %(person)s::bigint))))
ORDER BY i.id DESC LIMIT %(limit)s
"""
ALERTS = f"""
SELECT {ALERT}, a.body::text FROM alert a WHERE a.incident_id = %(incident)s
ORDER BY a.resolved_at DESC NULLS FIRST, a.id DESC LIMIT %(limit)s
"""
OPEN = "SELECT status, count(*) FROM incident WHERE status <> 'resolved' GROUP BY status"


class Wanted(Struct, frozen=True):
    """Which incidents to list. `status`: only these, or None for the open ones (with `resolved_too`: all). `services`:
    only of these, or None for all. `limit`: at most, > 0."""

    status: Status | None = None
    resolved_too: bool = False
    services: frozenset[int] | None = None
    limit: int = 50


class OpenCount(Struct, frozen=True):
    """How many incidents are open."""

    triggered: int = 0
    acknowledged: int = 0


async def listed(
    link: AsyncConnection[Any], wanted: Wanted, *, person: int = 0, services: Collection[int] | None = None
) -> list[Incident]:
    """Open ones: untaken first, then by urgency and severity, newest first. With resolved ones: newest first.

    `services`: only of these, and what `person` has or is woken for; None for no such limit.
    """
    parameters = {
        "status": wanted.status,
        "within": None if wanted.services is None else sorted(wanted.services),
        "sight": None if services is None else sorted(services),
        "person": person,
        "limit": wanted.limit,
    }
    past = wanted.resolved_too or wanted.status is Status.RESOLVED
    rows = await (await link.execute(LIST_ALL if past else LIST_OPEN, parameters)).fetchall()
    return [incident_of(row) for row in rows]


async def alerts(link: AsyncConnection[Any], incident: int, *, limit: int = 100) -> list[Alert]:
    """The alerts of an incident with their bodies, open ones first, newest first."""
    rows = await (await link.execute(ALERTS, {"incident": incident, "limit": limit})).fetchall()
    return [replace(alert_of(row), body=Raw(row[-1].encode())) for row in rows]


async def open_count(link: AsyncConnection[Any]) -> OpenCount:
    """How many are open now."""
    counts = dict(await (await link.execute(OPEN)).fetchall())
    return OpenCount(counts.get(Status.TRIGGERED, 0), counts.get(Status.ACKNOWLEDGED, 0))
