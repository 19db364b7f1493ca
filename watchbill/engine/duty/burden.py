"""Whose hours are on duty, and which hours they are: business, off and sleep hours of that person's own zone, weekends and
holidays. Real seconds: on a night on which the clock goes back, sleep is an hour longer.

Business is Monday to Friday from 09:00 to 17:00 but for holidays, sleep is from 22:00 to 07:00, off is the rest. The three
are all of the time. Weekends and holidays are counted beside them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from watchbill.engine.duty.hours import Stretch, merged, stretches, without
from watchbill.engine.duty.schedule import DAY, Hours
from watchbill.engine.duty.shifts import Shift
from watchbill.engine.duty.walls import first, instant_of, wall_at, zone_of

BUSINESS = tuple(Hours(day * DAY + 9 * 60, 8 * 60) for day in range(5))
SLEEP = tuple(Hours(day * DAY + 22 * 60, 9 * 60) for day in range(7))
WEEKEND = (Hours(5 * DAY, 2 * DAY),)


class Day(Struct, frozen=True):
    """How a person's days are cut. `zone`: IANA name. `holidays`: dates there."""

    zone: str = "UTC"
    holidays: frozenset[date] = frozenset()


class Burden(Struct, frozen=True):
    """Seconds on duty of one person. `business`, `off` and `sleep` together are `seconds`. `shadow`: seconds as a shadow,
    which are no duty. `shifts`: how many. `longest`: seconds of the longest stretch without a break."""

    person: int
    seconds: int
    business: int
    off: int
    sleep: int
    weekend: int
    holiday: int
    shadow: int
    shifts: int
    longest: int


class Parts(Struct, frozen=True):
    """Time on duty cut into pieces that do not overlap, in order: business, off and sleep are all of it."""

    business: list[Stretch]
    off: list[Stretch]
    sleep: list[Stretch]
    weekend: list[Stretch]
    holiday: list[Stretch]


def burdens(shifts: Iterable[Shift], days: Mapping[int, Day]) -> tuple[Burden, ...]:
    """The burden of everybody who has a shift, the heaviest first. Of several schedules, give the shifts of all: an hour in two
    of them is an hour. `days`: by person; without one it is UTC without holidays."""
    by_person: dict[int, list[Shift]] = {}
    for shift in shifts:
        by_person.setdefault(shift.person, []).append(shift)
    found = [_burden(person, mine, days.get(person, Day())) for person, mine in by_person.items()]
    return tuple(sorted(found, key=lambda one: (-one.seconds, one.person)))


def parts_of(duty: list[Stretch], day: Day) -> Parts:
    """Time on duty, in order and untouching, cut as this person's days are."""
    zone = zone_of(day.zone)
    since, until = (duty[0][0], duty[-1][1]) if duty else (0, 0)
    holiday = within(duty, list(_days(day.holidays, since, until, zone)))
    business = without(within(duty, stretches(BUSINESS, since, until, zone)), holiday)
    sleep = within(duty, stretches(SLEEP, since, until, zone))
    off = without(without(duty, business), sleep)
    return Parts(business, off, sleep, within(duty, stretches(WEEKEND, since, until, zone)), holiday)


def within(parts: list[Stretch], limits: list[Stretch]) -> list[Stretch]:
    """What of `parts` lies in `limits`. Both in order and untouching."""
    return without(parts, without(parts, limits))


def seconds(parts: Iterable[Stretch]) -> int:
    """How long these are together."""
    return sum(end - start for start, end in parts)


def stretch_of(shift: Shift) -> Stretch:
    """A shift in seconds since 1970."""
    return instant_of(shift.since), instant_of(shift.until)


def _burden(person: int, shifts: list[Shift], day: Day) -> Burden:
    duty = merged(stretch_of(shift) for shift in shifts if not shift.shadow)
    parts = parts_of(duty, day)
    return Burden(
        person=person,
        seconds=seconds(duty),
        business=seconds(parts.business),
        off=seconds(parts.off),
        sleep=seconds(parts.sleep),
        weekend=seconds(parts.weekend),
        holiday=seconds(parts.holiday),
        shadow=seconds(merged(stretch_of(shift) for shift in shifts if shift.shadow)),
        shifts=sum(not shift.shadow for shift in shifts),
        longest=max((end - start for start, end in duty), default=0),
    )


def _days(dates: Collection[date], since: int, until: int, zone: ZoneInfo) -> Iterator[Stretch]:
    """These days between two instants, those that follow each other as one."""
    if since >= until:
        return
    first_day, last_day = wall_at(since, zone).date(), wall_at(until, zone).date()
    near = sorted(one for one in dates if first_day <= one <= last_day)
    yield from merged((_midnight(one, zone), _midnight(one + timedelta(days=1), zone)) for one in near)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return first(datetime.combine(day, time.min), zone)
