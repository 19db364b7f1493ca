"""The schedule that the tests of notices look at: Primary, in which Ana and Bo take turns of a week."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from watchbill.engine.duty.notices import Readers, Telling, of_schedule
from watchbill.engine.duty.schedule import (
    DAY,
    Edition,
    HandOff,
    Hours,
    Override,
    OverrideKind,
    Rotation,
    Schedule,
    Unit,
)
from watchbill.engine.duty.walls import first, moment_of, zone_of

ANA, BO, CY, DI = 1, 2, 3, 4
NAMES = {ANA: "Ana", BO: "Bo", CY: "Cy", DI: "Di"}
BERLIN = "Europe/Berlin"
THREE_DAYS = 3 * 86400
OFFICE = tuple(Hours(day * DAY + 9 * 60, 8 * 60) for day in range(5))
READERS = Readers(NAMES, dict.fromkeys(NAMES, BERLIN), {7: (CY,)}, {7: THREE_DAYS})


def weekly(*order: int, at: int = 9 * 60, since: str = "2020-01-06 00:00", first: int = 0) -> Edition:
    """Turns of a week, handed over on Mondays; turn 0 is the week of 2 November 2026."""
    hand_off = HandOff(Unit.WEEK, date(2026, 11, 2), at=at)
    return Edition(instant(since), BERLIN, hand_off, tuple((person,) for person in order), first)


def primary(*rotations: Rotation, overrides: Sequence[Override] = (), **rest: Any) -> Schedule:
    """The schedule; Ana and Bo by the week unless it is said otherwise."""
    rotations = rotations or (Rotation(1, "Weekly", (weekly(ANA, BO),)),)
    return Schedule(7, "Primary", 1, BERLIN, rotations, overrides=tuple(overrides), names=NAMES, **rest)


def override(id_: int, kind: str, since: str, until: str, **rest: Any) -> Override:
    return Override(id_, OverrideKind(kind), instant(since), instant(until), **rest)


def instant(wall: str, zone: str = BERLIN) -> int:
    return first(datetime.fromisoformat(wall), zone_of(zone))


def due(schedule: Schedule, when: str, readers: Readers = READERS, kind: str = "") -> list[Telling]:
    """What is to be told by then, of one kind unless of all."""
    found = of_schedule(schedule, readers, now=moment_of(instant(when)))
    return [one for one in found if kind in ("", one.kind)]


def told_over(schedules: Iterator[Schedule], since: str, until: str, *, minutes: int = 1) -> list[tuple[str, str]]:
    """When each key is first seen by somebody who looks every so often: wall clock in Berlin, and the key."""
    seen: dict[str, str] = {}
    now = instant(since)
    for schedule in schedules:
        if now > instant(until):
            break
        for one in of_schedule(schedule, READERS, now=moment_of(now)):
            wall = moment_of(now).astimezone(zone_of(BERLIN))
            seen.setdefault(one.key, f"{wall:%d %H:%M}")
        now += minutes * 60
    return sorted((when, key) for key, when in seen.items())


def always(schedule: Schedule) -> Iterator[Schedule]:
    while True:
        yield schedule


def starts(person: int, wall: str) -> str:
    return f"starts 7 {person} {instant(wall)}"


def ends(person: int, wall: str) -> str:
    return f"ends 7 {person} {instant(wall)}"
