"""Reads of schedules, overrides and cover for the command line, the pages and the API."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from psycopg import AsyncConnection

from watchbill.oncall.covers import Cover, Part

SCHEDULES = "SELECT id, name, team_id, time_zone, holidays::text FROM schedule WHERE removed_at IS NULL ORDER BY name"
OVERRIDES = """
SELECT o.id, o.schedule_id, coalesce(o.rotation_id, 0), o.kind, coalesce(o.person_id, 0), coalesce(o.instead_of_id, 0),
    o.since, o.until, coalesce(o.by_id, 0), o.via, o.note, o.answer_id IS NOT NULL, o.created_at
FROM schedule_override o
WHERE o.schedule_id = %(schedule)s AND o.until > (SELECT app_now()) AND o.removed_at IS NULL
ORDER BY o.since, o.id
"""
_COVER = """
SELECT c.id, c.asker_id, coalesce(c.schedule_id, 0), c.since, c.until, c.note, c.source, c.asked_at, c.withdrawn_at,
    coalesce((
        SELECT json_agg(json_build_object('person', a.person_id, 'since', t.since, 'until', t.until) ORDER BY t.since)
        FROM cover_answer a CROSS JOIN LATERAL (
            SELECT min(o.since) AS since, max(o.until) AS until FROM schedule_override o
            WHERE o.answer_id = a.id AND (o.removed_at IS NULL OR o.removed_at > o.since)
        ) t WHERE a.request_id = c.id AND t.since IS NOT NULL
    ), '[]'::json)::text,
    coalesce((
        SELECT json_agg(a.person_id ORDER BY a.id) FROM cover_answer a WHERE a.request_id = c.id AND a.since IS NULL
    ), '[]'::json)::text
FROM cover_request c
"""
COVER = f"{_COVER} WHERE c.id = %(number)s"
# The index cover_request_until serves those that are still to come.
COVERS = f"{_COVER} WHERE c.until > (SELECT app_now()) AND c.withdrawn_at IS NULL ORDER BY c.since, c.id"

_holidays = msgspec.json.Decoder(tuple[str, ...])
_parts = msgspec.json.Decoder(tuple[Part, ...])
_people = msgspec.json.Decoder(tuple[int, ...])


class Named(Struct, frozen=True):
    """A schedule as people call it. `team`: id. `holidays`: codes such as "ES" or "US-CA"."""

    id: int
    name: str
    team: int
    zone: str
    holidays: tuple[str, ...]


class OverrideSeen(Struct, frozen=True):
    """An override that is in force or to come. Ids, 0 for none. `cover`: whether it came of a cover request."""

    id: int
    schedule: int
    rotation: int
    kind: str
    person: int
    instead_of: int
    since: datetime
    until: datetime
    by: int
    via: str
    note: str
    cover: bool
    created_at: datetime


async def schedules(link: AsyncConnection[Any]) -> list[Named]:
    """Every schedule that is not removed, by name."""
    rows = await (await link.execute(SCHEDULES)).fetchall()
    return [Named(id_, name, team, zone, _holidays.decode(codes)) for id_, name, team, zone, codes in rows]


async def overrides(link: AsyncConnection[Any], schedule: int) -> list[OverrideSeen]:
    """The overrides of a schedule that are in force or to come, by their beginning."""
    rows = await (await link.execute(OVERRIDES, {"schedule": schedule})).fetchall()
    return [OverrideSeen(*row) for row in rows]


async def cover(link: AsyncConnection[Any], number: int) -> Cover | None:
    """One request, or None."""
    row = await (await link.execute(COVER, {"number": number})).fetchone()
    return _cover_of(row) if row is not None else None


async def covers(link: AsyncConnection[Any]) -> list[Cover]:
    """The requests that are neither over nor withdrawn, by their beginning."""
    return [_cover_of(row) for row in await (await link.execute(COVERS)).fetchall()]


def _cover_of(row: tuple[Any, ...]) -> Cover:
    *columns, taken, declined = row
    return Cover(*[*columns, _parts.decode(taken), _people.decode(declined)])
