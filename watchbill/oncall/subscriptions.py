"""Calendars of elsewhere that we subscribe to: when each is asked next, and what its last good copy says.

A rotation's calendar is its shifts; a person's says when that one is away. What cannot be read keeps the last good copy.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from psycopg import AsyncConnection

from watchbill.engine.duty.schedule import Fixed
from watchbill.engine.duty.walls import moment_of
from watchbill.incidents.actions import Actor
from watchbill.oncall.actions import cover
from watchbill.oncall.actions.turn import HOLD_VERSION, changed
from watchbill.oncall.calendars.out_of_office import Absence, absences
from watchbill.oncall.calendars.parse import parse
from watchbill.oncall.calendars.people import Names, shifts_of
from watchbill.oncall.refusal import Refused
from watchbill.runtime.database import as_json

BACK = timedelta(days=60)
AHEAD = timedelta(days=400)
MOST_UNMATCHED = 20
VIA = "out-of-office calendar"

# A node that takes one has five minutes; then another tries.
CLAIM = """
UPDATE calendar SET tried_at = app_now(), next_at = app_now() + interval '5 minutes' WHERE id IN (
    SELECT c.id FROM calendar c WHERE c.next_at <= (SELECT app_now()) AND coalesce(
        (SELECT r.removed_at IS NULL AND s.removed_at IS NULL FROM rotation r JOIN schedule s ON s.id = r.schedule_id
            WHERE r.id = c.rotation_id),
        (SELECT p.active FROM person p WHERE p.id = c.person_id)
    ) ORDER BY c.next_at LIMIT %(most)s FOR UPDATE OF c SKIP LOCKED
)
RETURNING id, coalesce(rotation_id, 0), coalesce(person_id, 0), settings::text, coalesce(
    (SELECT s.time_zone FROM rotation r JOIN schedule s ON s.id = r.schedule_id WHERE r.id = rotation_id),
    (SELECT p.time_zone FROM person p WHERE p.id = person_id)
), app_now()
"""
PEOPLE = "SELECT id, email, name FROM person WHERE active"
KEEP = """
UPDATE calendar SET shifts = %(shifts)s::jsonb, problems = %(problems)s::jsonb, fault = '', fetched_at = app_now(),
    next_at = app_now() + interval '15 minutes'
WHERE id = %(id)s AND settings = %(settings)s::jsonb
    AND (shifts, problems) IS DISTINCT FROM (%(shifts)s::jsonb, %(problems)s::jsonb) RETURNING rotation_id
"""
SAME = """
UPDATE calendar SET fault = '', fetched_at = app_now(), next_at = app_now() + interval '15 minutes'
WHERE id = %(id)s AND settings = %(settings)s::jsonb
"""
FAIL = """
UPDATE calendar SET fault = %(fault)s, next_at = app_now() + interval '15 minutes'
WHERE id = %(id)s AND settings = %(settings)s::jsonb
"""
ASKED = "SELECT 1 FROM cover_request WHERE asker_id = %(asker)s AND source = %(source)s"
AILING = """
SELECT r.name, c.fault, c.problems::text, c.fetched_at FROM calendar c JOIN rotation r ON r.id = c.rotation_id
WHERE r.schedule_id = %(schedule)s AND r.removed_at IS NULL AND (c.fault <> '' OR c.problems <> '[]'::jsonb)
ORDER BY r.position, r.id
"""

_problems = msgspec.json.Decoder(list[str])
_plain = msgspec.json.Decoder(dict[str, Any])


class Subscription(Struct, frozen=True):
    """One that is due. `rotation`, `person`: ids, one of them 0. `settings`: with its `url`, sealed. `zone`: of its days."""

    id: int
    rotation: int
    person: int
    settings: dict[str, Any]
    zone: str
    now: datetime


class Copy(Struct, frozen=True):
    """What a calendar says. `shifts`: of a rotation. `away`: of a person. `problems`: in sentences."""

    shifts: tuple[Fixed, ...] = ()
    away: tuple[Absence, ...] = ()
    problems: tuple[str, ...] = ()


class Ailing(Struct, frozen=True):
    """A rotation's calendar that could not be read lately, or not all of it. `fetched_at`: of the last good copy, None where
    there is none."""

    rotation: str
    fault: str
    problems: tuple[str, ...]
    fetched_at: datetime | None


async def claim(link: AsyncConnection[Any], *, most: int) -> list[Subscription]:
    """Takes what is due, so that no other node asks meanwhile."""
    rows = await (await link.execute(CLAIM, {"most": most})).fetchall()
    return [
        Subscription(id_, rotation, person, _plain.decode(text), *rest) for id_, rotation, person, text, *rest in rows
    ]


async def names(link: AsyncConnection[Any]) -> Names:
    """Everybody who can be on duty."""
    return Names(await (await link.execute(PEOPLE)).fetchall())


def read(body: bytes, one: Subscription, known: Names) -> Copy:
    """What a document says for this subscription. Raises Unreadable. It may take a second: call it on a thread."""
    calendar = parse(body, since=one.now - BACK, until=one.now + AHEAD, zone=one.zone)
    if one.person:
        return Copy(away=absences(calendar.occurrences), problems=calendar.problems)
    shifts, unmatched = shifts_of(calendar.occurrences, known)
    strangers = dict.fromkeys(f"Event {other.summary[:80]!r}: {other.why}." for other in unmatched)
    return Copy(shifts=shifts, problems=(*calendar.problems, *list(strangers)[:MOST_UNMATCHED]))


async def keep(link: AsyncConnection[Any], one: Subscription, copy: Copy) -> bool:
    """Writes a good copy down; answers whether it says anything new. Who is away is asked for as cover."""
    stored: Sequence[Any] = copy.shifts if one.rotation else copy.away
    if one.rotation:  # before the calendar's row, as `apply` has it: else each would wait for the other
        await link.execute(HOLD_VERSION)
    settings = as_json(one.settings)  # of another address now, it is read again at once
    values = {
        "id": one.id,
        "settings": settings,
        "shifts": as_json(list(stored)),
        "problems": as_json(list(copy.problems)),
    }
    row = await (await link.execute(KEEP, values)).fetchone()
    if row is None:
        await link.execute(SAME, {"id": one.id, "settings": settings})
    elif one.rotation:
        await changed(link)
    return row is not None


async def fail(link: AsyncConnection[Any], one: Subscription, fault: str) -> None:
    """Writes down why it could not be read. The last good copy stays."""
    await link.execute(FAIL, {"id": one.id, "settings": as_json(one.settings), "fault": fault[:500]})


async def ailing(link: AsyncConnection[Any], schedule: int) -> list[Ailing]:
    """Those of a schedule's rotations that could not be read lately, or not all of it."""
    rows = await (await link.execute(AILING, {"schedule": schedule})).fetchall()
    return [Ailing(name, fault, tuple(_problems.decode(text)), at) for name, fault, text, at in rows]


async def ask_for_cover(link: AsyncConnection[Any], person: int, absence: Absence, now: datetime) -> bool:
    """Asks for cover of what duty the person has while away, once; answers whether it was asked now."""
    since, until = max(moment_of(absence.since), now), moment_of(absence.until)
    source = f"{absence.uid[:200]} {absence.until}"
    asked = {"asker": person, "source": source}
    if until <= since or await (await link.execute(ASKED, asked)).fetchone() is not None:
        return False
    wanted = cover.Ask(person, since, until, note=absence.summary, source=source)
    try:
        await cover.ask(link, wanted, Actor(person, VIA))
    except Refused:  # no duty then, or asked for by hand
        return False
    return True
