"""Schedules, from rows to the rules' directory. One statement loads them all."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from psycopg import AsyncConnection

from watchbill.engine.directory import Person, Team
from watchbill.engine.duty.schedule import Fixed, Hours, Override, OverrideKind, Rotation, Schedule
from watchbill.engine.duty.walls import instant_of
from watchbill.oncall.plan import Plan, edition_of

# What was over by `since` no longer decides anything; the last edition before it does.
SCHEDULES = """
SELECT s.id, s.name, s.team_id, s.time_zone, s.hours::text,
    coalesce((
        SELECT json_agg(json_build_object(
            'id', r.id, 'name', r.name, 'shadow', r.shadow, 'starts', r.starts_at,
            'ends', least(r.ends_at, r.removed_at, s.removed_at), 'fixed', c.shifts,
            'editions', coalesce((
                SELECT json_agg(json_build_object('since', e.since, 'plan', e.plan) ORDER BY e.since)
                FROM rotation_edition e WHERE e.rotation_id = r.id AND e.since >= coalesce((
                    SELECT max(f.since) FROM rotation_edition f WHERE f.rotation_id = r.id AND f.since <= %(since)b
                ), '-infinity')
            ), '[]'::json)
        ) ORDER BY r.position, r.id)
        FROM rotation r LEFT JOIN calendar c ON c.rotation_id = r.id
        WHERE r.schedule_id = s.id AND coalesce(r.removed_at > %(since)b, true) AND coalesce(r.ends_at > %(since)b, true)
    ), '[]'::json)::text,
    coalesce((
        SELECT json_agg(json_build_object(
            'id', o.id, 'kind', o.kind, 'since', o.since, 'until', o.until, 'person', o.person_id,
            'instead_of', o.instead_of_id, 'rotation', o.rotation_id, 'by', p.name, 'note', o.note,
            'cover', o.answer_id IS NOT NULL, 'shifts', o.shifts
        ) ORDER BY o.id)
        FROM schedule_override o LEFT JOIN person p ON p.id = o.by_id
        WHERE o.schedule_id = s.id AND o.until > %(since)b AND (o.removed_at IS NULL OR o.removed_at > o.since)
    ), '[]'::json)::text, s.made_at
FROM schedule s
WHERE coalesce(s.removed_at > %(since)b, true)
"""
LATELY = "SELECT app_now() - interval '1 day'"


class _Edition(Struct):
    since: datetime
    plan: Plan


class _Rotation(Struct):
    id: int
    name: str
    shadow: bool
    starts: datetime | None
    ends: datetime | None
    fixed: tuple[Fixed, ...] | None
    editions: list[_Edition]


class _Override(Struct):
    id: int
    kind: OverrideKind
    since: datetime
    until: datetime
    person: int | None
    instead_of: int | None
    rotation: int | None
    by: str | None
    note: str
    cover: bool
    shifts: tuple[Fixed, ...] | None


_hours = msgspec.json.Decoder(tuple[Hours, ...])
_rotations = msgspec.json.Decoder(list[_Rotation])
_overrides = msgspec.json.Decoder(list[_Override])


async def schedules(
    link: AsyncConnection[Any], people: Mapping[int, Person], teams: Mapping[int, Team], since: datetime | None = None
) -> dict[int, Schedule]:
    """Every schedule by id, as it was and will be from `since` on, else from a day ago on. For the time before it says
    less than was true."""
    if since is None:
        row = await (await link.execute(LATELY)).fetchone()
        assert row is not None
        since = row[0]
    rows = await (await link.execute(SCHEDULES, {"since": since})).fetchall()
    return {row[0]: schedule_of(row, people, teams) for row in rows}


def schedule_of(row: Sequence[Any], people: Mapping[int, Person], teams: Mapping[int, Team]) -> Schedule:
    """A schedule from the columns of SCHEDULES."""
    rotations = tuple(_rotation(one, teams) for one in _rotations.decode(row[5]))
    overrides = tuple(_override(one) for one in _overrides.decode(row[6]))
    mentioned = {person: people[person] for person in _mentioned(rotations, overrides) if person in people}
    return Schedule(
        id=row[0],
        name=row[1],
        team=row[2],
        zone=row[3],
        rotations=rotations,
        overrides=overrides,
        hours=_hours.decode(row[4]),
        names={id_: person.name for id_, person in mentioned.items()},
        gone=frozenset(id_ for id_, person in mentioned.items() if not person.active),
        since=_instant(row[7]),
    )


def _rotation(row: _Rotation, teams: Mapping[int, Team]) -> Rotation:
    return Rotation(
        id=row.id,
        name=row.name,
        editions=tuple(edition_of(one.plan, one.since, teams) for one in row.editions),
        starts=_instant(row.starts),
        ends=_instant(row.ends),
        shadow=row.shadow,
        fixed=row.fixed,
    )


def _override(row: _Override) -> Override:
    return Override(
        id=row.id,
        kind=row.kind,
        since=instant_of(row.since),
        until=instant_of(row.until),
        person=row.person or 0,
        instead_of=row.instead_of or 0,
        rotation=row.rotation or 0,
        by=row.by or "",
        note=row.note,
        cover=row.cover,
        shifts=row.shifts or (),
    )


def _instant(moment: datetime | None) -> int | None:
    return None if moment is None else instant_of(moment)


def _mentioned(rotations: tuple[Rotation, ...], overrides: tuple[Override, ...]) -> Iterator[int]:
    for rotation in rotations:
        for edition in rotation.editions:
            for slot in (*edition.order, edition.shadows):
                yield from slot
        for fixed in rotation.fixed or ():
            yield from fixed.people
    for override in overrides:
        yield override.person
        yield override.instead_of
        for fixed in override.shifts:
            yield from fixed.people
