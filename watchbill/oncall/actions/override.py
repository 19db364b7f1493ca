"""Makes and takes back overrides. Each is one transaction; whether the person may is asked inside it."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from psycopg import AsyncConnection

from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.duty.walls import instant_of
from watchbill.incidents.actions import Actor
from watchbill.oncall import ground as grounds
from watchbill.oncall.access import may_change, why_not
from watchbill.oncall.actions.turn import changed, record, take_turn
from watchbill.oncall.checks import Decided, Wish, decide
from watchbill.oncall.ground import Ground
from watchbill.oncall.preview import Care, Preview, foresee
from watchbill.oncall.refusal import Refused
from watchbill.oncall.when import shown
from watchbill.runtime.database import as_json

INSERT = """
INSERT INTO schedule_override (schedule_id, rotation_id, kind, person_id, instead_of_id, since, until, by_id, via, note,
    shifts, answer_id, created_at)
VALUES (%(schedule)s, nullif(%(rotation)s::bigint, 0), %(kind)s, nullif(%(person)s::bigint, 0),
    nullif(%(instead_of)s::bigint, 0), %(since)s, %(until)s, nullif(%(by)s::bigint, 0), %(via)s, %(note)s,
    %(shifts)s::jsonb, nullif(%(answer)s::bigint, 0), %(now)s)
RETURNING id
"""
# What came of one answer to a cover request is one thing, in however many schedules.
WITH_ITS_KIN = """
SELECT o.id, o.schedule_id, o.since, o.until, o.removed_at
FROM schedule_override named
JOIN schedule_override o ON o.id = named.id OR (o.answer_id = named.answer_id AND o.removed_at IS NULL)
WHERE named.id = %s ORDER BY o.id <> named.id, o.id
"""
# One that has begun is cut: what was true stays.
REMOVE = """
UPDATE schedule_override SET removed_at = %(now)s, until = CASE WHEN since < %(now)s THEN %(now)s ELSE until END
WHERE id = ANY(%(ids)s) AND removed_at IS NULL AND until > %(now)s
"""
AS_PLANNED = frozenset({Care.SHORT_REST, Care.FEWER})


class Added(Struct, frozen=True):
    """`number`: of the override. `since`: when it begins, now at the earliest."""

    number: int
    preview: Preview


class Removed(Struct, frozen=True):
    """`numbers`: of the overrides that are taken back; more than one where they came of the same answer to a cover request.
    `begun`: whether it was in force, and is over now. `previews`: of each schedule."""

    numbers: tuple[int, ...]
    begun: bool
    previews: tuple[Preview, ...]


class _Row(Struct, frozen=True):
    id: int
    schedule: int
    since: datetime
    until: datetime
    removed_at: datetime | None


async def preview(link: AsyncConnection[Any], wish: Wish, actor: Actor) -> Preview:
    """What `add` would do, without doing it. Raises Refused."""
    return _decide(wish, await grounds.read(link), actor).preview


async def add(link: AsyncConnection[Any], wish: Wish, actor: Actor) -> Added:
    """Makes an override. Raises Refused, and then nothing was written."""
    ground = await take_turn(link)
    decided = _decide(wish, ground, actor)
    number = await insert(link, decided.wish, actor, ground.now)
    await record(link, "override added", actor, ground.now, override=number, **told(decided.wish))
    await changed(link)
    return Added(number, decided.preview)


async def remove(link: AsyncConnection[Any], number: int, actor: Actor) -> Removed:
    """Takes an override back; what of it was over by now stays. Raises Refused, and then nothing was written."""
    ground = await take_turn(link)
    rows = [_Row(*row) for row in await (await link.execute(WITH_ITS_KIN, [number])).fetchall()]
    _check_removable(number, rows, ground, actor)
    going = [row for row in rows if row.until > ground.now]
    await link.execute(REMOVE, {"ids": [row.id for row in going], "now": ground.now})
    numbers = tuple(row.id for row in going)
    await record(link, "override removed", actor, ground.now, overrides=numbers)
    await changed(link)
    previews = tuple(_without(ground, row) for row in going if row.schedule in ground.schedules)
    return Removed(numbers, going[0].since < ground.now, previews)


async def insert(link: AsyncConnection[Any], wish: Wish, actor: Actor, now: datetime, *, answer: int = 0) -> int:
    """Writes the row and answers its number. `answer`: id of the answer to a cover request that it comes of."""
    values = {
        **msgspec.structs.asdict(wish),
        "kind": str(wish.kind),
        "shifts": as_json(wish.shifts) if wish.shifts else None,
        "by": actor.by,
        "via": actor.via,
        "answer": answer,
        "now": now,
    }
    row = await (await link.execute(INSERT, values)).fetchone()
    assert row is not None
    number: int = row[0]
    return number


def told(wish: Wish) -> dict[str, Any]:
    """What the journal keeps of an override."""
    return {name: value for name, value in msgspec.structs.asdict(wish).items() if value}


def check_may(actor: Actor, schedule: Schedule, ground: Ground) -> None:
    """Raises Refused."""
    if not may_change(actor.by, schedule, ground.teams):
        raise Refused("schedule", why_not(ground.name(actor.by), schedule, ground.teams))


def _decide(wish: Wish, ground: Ground, actor: Actor) -> Decided:
    check_may(actor, ground.schedule(wish.schedule), ground)
    return decide(wish, ground, ground.name(actor.by) if actor.by else "")


def _check_removable(number: int, rows: list[_Row], ground: Ground, actor: Actor) -> None:
    if not rows:
        raise Refused("number", f"There is no override {number}.", unknown=True)
    for row in rows:
        if row.schedule in ground.schedules:
            check_may(actor, ground.schedules[row.schedule], ground)
    zone = ground.schedules[rows[0].schedule].zone if rows[0].schedule in ground.schedules else "UTC"
    if rows[0].removed_at is not None:
        raise Refused("number", f"Override {number} was taken back already, {shown(rows[0].removed_at, zone)}.")
    if rows[0].until <= ground.now:
        raise Refused(
            "number", f"Override {number} is over since {shown(rows[0].until, zone)}. What was stays as it was."
        )


def _without(ground: Ground, row: _Row) -> Preview:
    """What it does to take one back. It only makes things as they were planned: nothing is said of rest or of numbers."""
    schedule = ground.schedules[row.schedule]
    since = max(row.since, ground.now)
    left = tuple(
        replace(one, until=instant_of(since)) if one.id == row.id else one
        for one in schedule.overrides
        if one.id != row.id or one.since < instant_of(since)
    )
    found = foresee(ground, replace(schedule, overrides=left), since, row.until)
    return replace(found, cautions=tuple(one for one in found.cautions if one.care not in AS_PLANNED))
