"""Feeds: addresses of iCalendar that people subscribe to. An address is signed, and can be taken back.

The address holds the feed's number and 16 bytes of HMAC-SHA256 over it and its nonce. It can be shown again at any time,
since nothing of it is stored; who reads the database alone cannot make one.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from psycopg import AsyncConnection

from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.duty.shifts import Shift, shifts
from watchbill.incidents.actions import Actor
from watchbill.oncall.access import may_change
from watchbill.oncall.actions.turn import record, take_turn
from watchbill.oncall.ground import Ground
from watchbill.oncall.refusal import Refused

BACK = timedelta(days=31)
AHEAD = timedelta(days=365)

_PURPOSE = b"watchbill.oncall.feeds"  # keeps these signatures apart from all others of the installation's key
_MAC = 16

MAKE = """
INSERT INTO feed (person_id, rotation_id, schedule_id, nonce, made_by_id, made_at)
VALUES (%(person)s, %(rotation)s, %(schedule)s, %(nonce)s, nullif(%(by)s::bigint, 0), %(now)s) RETURNING id
"""
FEEDS = """
SELECT id, CASE WHEN person_id IS NOT NULL THEN 'person' WHEN rotation_id IS NOT NULL THEN 'rotation' ELSE 'schedule' END,
    coalesce(person_id, rotation_id, schedule_id), nonce, made_at, revoked_at, used_at
FROM feed
"""
FEED = f"{FEEDS} WHERE id = %(number)s"
LISTED = f"{FEEDS} WHERE revoked_at IS NULL ORDER BY id"
REVOKE = "UPDATE feed SET revoked_at = %(now)s WHERE id = %(number)s"
# Once an hour: when it was last asked for is to tell that somebody still needs it.
USED = "UPDATE feed SET used_at = app_now() WHERE id = %(number)s AND coalesce(used_at < app_now() - interval '1 hour', true)"


class Of(StrEnum):
    """What a feed is of."""

    PERSON = "person"
    ROTATION = "rotation"
    SCHEDULE = "schedule"


class Feed(Struct, frozen=True):
    """A feed. `about`: id of the person, rotation or schedule."""

    id: int
    of: Of
    about: int
    nonce: str
    made_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None


class Told(Struct, frozen=True):
    """One event of a feed: a shift, and what it is called there."""

    shift: Shift
    title: str


class Addresses:
    """Signs and reads the addresses of feeds. The first key signs, all are good to read. `base`: where people reach this
    installation."""

    def __init__(self, base: str, keys: Sequence[str]) -> None:
        self._base = base.rstrip("/")
        self._keys = tuple(hmac.digest(key.encode(), _PURPOSE, "sha256") for key in keys)

    def of(self, feed: Feed) -> str:
        """The whole address."""
        return f"{self._base}/feeds/{feed.id}-{_signed(self._keys[0], feed)}.ics"

    def matches(self, feed: Feed, signature: str) -> bool:
        """Whether one of the keys has signed this feed so."""
        # `sum` tries every key even after a match, so that the time taken says nothing.
        return bool(sum(hmac.compare_digest(_signed(key, feed), signature) for key in self._keys))


def number_in(token: str) -> tuple[int, str] | None:
    """The number and the signature of the last part of an address, without `.ics`; None where it is none of ours."""
    number, dash, signature = token.partition("-")
    if not dash or not number.isascii() or not number.isdecimal() or len(number) > 18 or not signature.isascii():
        return None
    return int(number), signature


async def make(link: AsyncConnection[Any], of: Of, about: int, actor: Actor) -> Feed:
    """A new feed. Raises Refused for what is not there."""
    ground = await take_turn(link)
    if of is Of.PERSON:
        ground.person(about, "person")
        if actor.by not in (0, about):
            raise Refused("person", f"A feed of {ground.name(about)}'s duty is made by {ground.name(about)}.")
    elif of is Of.SCHEDULE:
        ground.schedule(about)
    elif not any(one.id == about for schedule in ground.schedules.values() for one in schedule.rotations):
        raise Refused("rotation", f"There is no rotation {about}.", unknown=True)
    columns: dict[str, int | None] = {"person": None, "rotation": None, "schedule": None}
    columns[of.value] = about
    nonce = secrets.token_hex(8)
    values = {**columns, "nonce": nonce, "by": actor.by, "now": ground.now}
    row = await (await link.execute(MAKE, values)).fetchone()
    assert row is not None
    await record(link, "feed made", actor, ground.now, feed=row[0], **columns)
    return Feed(row[0], of, about, nonce, ground.now)


async def revoke(link: AsyncConnection[Any], number: int, actor: Actor) -> Feed:
    """From now on its address answers that it was taken back. Raises Refused."""
    ground = await take_turn(link)
    feed = await find(link, number)
    if feed is None:
        raise Refused("number", f"There is no feed {number}.", unknown=True)
    if feed.revoked_at is not None:
        raise Refused("number", f"Feed {number} was revoked already.")
    if not _may_revoke(feed, actor, ground):
        raise Refused("number", f"Feed {number} is not yours to revoke.")
    await link.execute(REVOKE, {"number": number, "now": ground.now})
    await record(link, "feed revoked", actor, ground.now, feed=number)
    return replace(feed, revoked_at=ground.now)


async def find(link: AsyncConnection[Any], number: int) -> Feed | None:
    """One feed, also one that was revoked; or None."""
    row = await (await link.execute(FEED, {"number": number})).fetchone()
    return _feed(row) if row is not None else None


async def listed(link: AsyncConnection[Any]) -> list[Feed]:
    """Those that were not revoked, by number."""
    return [_feed(row) for row in await (await link.execute(LISTED)).fetchall()]


async def used(link: AsyncConnection[Any], feed: Feed) -> None:
    """Notes that it was asked for."""
    await link.execute(USED, {"number": feed.id})


def title_of(feed: Feed, ground: Ground) -> str:
    """What a feed is called, in words; empty where what it is of is gone."""
    if feed.of is Of.PERSON:
        person = ground.people.get(feed.about)
        return f"{person.name} on duty" if person is not None and person.active else ""
    schedule = _schedule_of(feed, ground)
    if schedule is None:
        return ""
    if feed.of is Of.SCHEDULE:
        return schedule.name
    return f"{schedule.name}: {next(one.name for one in schedule.rotations if one.id == feed.about)}"


def told(feed: Feed, ground: Ground) -> Iterator[Told]:
    """The events of a feed: a month back and a year ahead, from one first of a month to another. Between them nothing moves
    but what has changed; cut at the instant of asking, the first and the last event would be others each time."""
    since, until = _first_of_month(ground.now - BACK), _first_of_month(ground.now + AHEAD + BACK)
    if feed.of is Of.PERSON:
        for schedule in ground.schedules.values():
            if feed.about in schedule.names:
                for shift in shifts(schedule, since, until).shifts:
                    if shift.person == feed.about:
                        yield Told(shift, f"{'Shadow' if shift.shadow else 'On duty'}: {schedule.name}")
        return
    found = _schedule_of(feed, ground)
    if found is None:
        return
    if feed.of is Of.ROTATION:
        found = replace(
            found,
            rotations=tuple(one for one in found.rotations if one.id == feed.about),
            overrides=tuple(one for one in found.overrides if one.rotation == feed.about),
        )
    for shift in shifts(found, since, until).shifts:
        yield Told(shift, f"{found.names.get(shift.person, '?')}{' (shadow)' if shift.shadow else ''}: {found.name}")


def _may_revoke(feed: Feed, actor: Actor, ground: Ground) -> bool:
    """The person it is of, or who may change the schedule; whoever keeps the machine, anyhow."""
    if feed.of is Of.PERSON:
        return actor.by in (0, feed.about)
    schedule = _schedule_of(feed, ground)
    return not actor.by or (schedule is not None and may_change(actor.by, schedule, ground.teams))


def _first_of_month(moment: datetime) -> datetime:
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _schedule_of(feed: Feed, ground: Ground) -> Schedule | None:
    if feed.of is Of.SCHEDULE:
        return ground.schedules.get(feed.about)
    return next(
        (one for one in ground.schedules.values() if any(each.id == feed.about for each in one.rotations)), None
    )


def _signed(key: bytes, feed: Feed) -> str:
    mac = hmac.digest(key, f"{feed.id} {feed.nonce}".encode(), "sha256")[:_MAC]
    return urlsafe_b64encode(mac).rstrip(b"=").decode()


def _feed(row: Sequence[Any]) -> Feed:
    return Feed(row[0], Of(row[1]), *row[2:])
