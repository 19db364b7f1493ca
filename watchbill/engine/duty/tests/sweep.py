"""Every zone, every time its clocks are set, every kind of rotation: nobody is missing, and nobody is there too long.

    python -m watchbill.engine.duty.tests.sweep        all of 2020 to 2037, in about a minute

The hand-offs are put where it hurts: at both edges of the time that is skipped or comes twice, inside it, and at nine. When
they have to happen is told by three figures, the instant at which the clocks are set and the offsets before and after.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from watchbill.engine.duty.schedule import DAY, WEEK, Edition, HandOff, Hours, Rotation, Schedule, Unit
from watchbill.engine.duty.shifts import Timeline, shifts

YEARS = range(2020, 2038)
MINUTE = 60
ORDER = ((1,), (2,), (3,))


class Change(NamedTuple):
    """The clocks of a zone are set at an instant; `before` and `after`: seconds east of Greenwich."""

    at: int
    before: int
    after: int

    @property
    def edges(self) -> tuple[int, int]:
        """The walls, in seconds since 1970, between which time is skipped or comes twice."""
        low, high = sorted((self.at + self.before, self.at + self.after))
        return low, high

    @property
    def twice(self) -> int:
        """For how many seconds the clock shows what it has shown already."""
        return max(0, self.before - self.after)

    def first(self, wall: int) -> int:
        early, late = wall - self.before, wall - self.after
        return early if early < self.at else max(late, self.at)

    def last(self, wall: int) -> int:
        early, late = wall - self.before, wall - self.after
        return late if late >= self.at else min(early, self.at)


class Found(NamedTuple):
    """Of one case: seconds of gaps and of overlaps, of which `meant` were to be, and what is wrong, empty for nothing."""

    gaps: int
    overlaps: int
    meant: int
    wrong: str


@lru_cache(maxsize=2)
def hours_of(years: range) -> list[datetime]:
    begin = datetime.fromordinal(date(years[0], 1, 1).toordinal())
    return [begin + timedelta(hours=number) for number in range(len(years) * 8766)]


def changes(zone: str, years: range = YEARS) -> list[Change]:
    """Each time the clocks of a zone are set to another offset. No zone does it twice within an hour."""
    place, walls = ZoneInfo(zone), hours_of(years)
    offsets = list(map(place.utcoffset, walls))
    found = []
    for number, (before, after) in enumerate(pairwise(offsets)):
        if before != after:
            east = max(whole(before), whole(after))  # for the wall may be one that is skipped
            low, high = seconds(walls[number]) - east, seconds(walls[number + 1]) - whole(after)
            while high - low > 1:
                middle = (low + high) // 2
                is_before = datetime.fromtimestamp(middle, place).utcoffset() == before
                low, high = (middle, high) if is_before else (low, middle)
            found.append(Change(high, whole(before), whole(after)))
    return found


def seconds(wall: datetime) -> int:
    """Since 1970, on the wall clock."""
    return whole(wall - datetime.fromordinal(date(1970, 1, 1).toordinal()))


def whole(offset: timedelta | None) -> int:
    assert offset is not None, "a zone has an offset at any time"
    return offset // timedelta(seconds=1)


def hand_offs(change: Change) -> list[int]:
    """The walls that hurt, in seconds since 1970."""
    low, high = change.edges
    nine = low // (DAY * MINUTE) * DAY * MINUTE + 9 * 60 * MINUTE
    return sorted({low, (low + high) // 2 // MINUTE * MINUTE, high, nine})


def by_turns(zone: str, change: Change, wall: int, unit: Unit, every: int, length: int) -> Found:
    """A rotation around the clock, with a hand-off at `wall`, and each `length` seconds of the wall clock."""
    day, at = divmod(wall // MINUTE, DAY)
    anchor = date.fromordinal(date(1970, 1, 1).toordinal() + day)
    rule = HandOff(unit, anchor, every, at, (anchor.weekday(),))
    timeline = over(Schedule(1, "s", 1, zone, (Rotation(1, "r", (Edition(0, zone, rule, ORDER),)),)), change, length)
    told = [(int(shift.since.timestamp()), shift.person) for shift in timeline.shifts[1:]]
    meant = [(change.first(wall + turn * length), turn % 3 + 1) for turn in range(-3, 4)]
    begin, end = change.at - 2 * length, change.at + 2 * length
    return judged(timeline, told, [one for one in meant if begin < one[0] < end], [])


def daily(zone: str, change: Change, wall: int) -> Found:
    return by_turns(zone, change, wall, Unit.DAY, 1, DAY * MINUTE)


def weekly(zone: str, change: Change, wall: int) -> Found:
    return by_turns(zone, change, wall, Unit.WEEK, 1, WEEK * MINUTE)


def half_daily(zone: str, change: Change, wall: int) -> Found:
    return by_turns(zone, change, wall, Unit.HOUR, 12, DAY * MINUTE // 2)


def follow_the_sun(zone: str, change: Change, wall: int) -> Found:
    """Three rotations by the day, each with eight hours of duty."""
    third = DAY // 3
    anchor = date.fromordinal(date(1970, 1, 1).toordinal() + wall // MINUTE // DAY)
    rotations = []
    for place in range(3):
        at = (wall // MINUTE + place * third) % DAY
        hours = tuple(Hours(day * DAY + at, third) for day in range(7))
        edition = Edition(0, zone, HandOff(Unit.DAY, anchor, 1, at), ((place + 1,),), hours=hours)
        rotations.append(Rotation(place + 1, f"r{place}", (edition,)))
    length = DAY * MINUTE
    timeline = over(Schedule(1, "s", 1, zone, tuple(rotations)), change, length)
    begin, end = change.at - 2 * length, change.at + 2 * length
    told = [(int(shift.since.timestamp()), int(shift.until.timestamp()), shift.person) for shift in timeline.shifts]
    edges = [(wall + turn * third * MINUTE, turn % 3 + 1) for turn in range(-12, 13)]
    meant = [(change.first(edge), change.last(edge + third * MINUTE), person) for edge, person in edges]
    seen = [(max(since, begin), min(until, end), person) for since, until, person in meant]
    doubled = [edge for edge, _ in edges if change.edges[0] <= edge < change.edges[1]] if change.twice else []
    return judged(timeline, told, [one for one in seen if one[0] < one[1]], [change.twice] * len(doubled))


def over(schedule: Schedule, change: Change, length: int) -> Timeline:
    """Two turns before the change and two after it."""
    begin, end = change.at - 2 * length, change.at + 2 * length
    return shifts(schedule, datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC))


def judged(
    timeline: Timeline, told: Sequence[tuple[int, ...]], meant: Sequence[tuple[int, ...]], overlaps: list[int]
) -> Found:
    second = timedelta(seconds=1)
    gaps = sum((gap.until - gap.since) // second for gap in timeline.gaps)
    spans = [(shift.since, shift.until) for shift in timeline.shifts]
    holes = sum(max(0, (late - early) // second) for (_, early), (late, _) in pairwise(spans))
    double = [(early - late) // second for (_, early), (late, _) in pairwise(spans) if late < early]
    wrong = "" if (told, double, holes) == (meant, overlaps, gaps) else f"{told} with overlaps {double}, not {meant}"
    return Found(gaps, sum(double), sum(overlaps), wrong)


KINDS: tuple[Callable[[str, Change, int], Found], ...] = (daily, weekly, half_daily, follow_the_sun)


class Count:
    """What a sweep has seen."""

    def __init__(self) -> None:
        self.zones = self.changes = self.cases = self.gaps = self.overlaps = self.meant = 0
        self.wrong: list[str] = []

    def __str__(self) -> str:
        return (
            f"zones {self.zones}, transitions {self.changes}, cases {self.cases}, gaps {self.gaps}, "
            f"overlaps {self.overlaps} (explained by a time that comes twice: {self.meant}), wrong {len(self.wrong)}"
        )


def sweep(years: range = YEARS) -> Count:
    """All zones and all kinds. Zones whose clocks are never set count with one quiet day."""
    count = Count()
    for zone in sorted(available_timezones()):
        count.zones += 1
        found = changes(zone, years)
        count.changes += len(found)
        for change, wall, kind in cases(found or [quiet(zone, years)]):
            told = kind(zone, change, wall)
            count.cases += 1
            count.gaps += told.gaps > 0
            count.overlaps += told.overlaps > 0
            count.meant += told.meant > 0
            if told.wrong or told.gaps:
                count.wrong.append(f"{zone} {change} {wall} {kind.__name__}: {told}")
    return count


def cases(found: list[Change]) -> Iterator[tuple[Change, int, Callable[[str, Change, int], Found]]]:
    for change in found:
        for wall in hand_offs(change):
            for kind in KINDS:
                yield change, wall, kind


def quiet(zone: str, years: range) -> Change:
    """A day on which nothing happens, in a zone whose clocks are not set in these years."""
    noon = datetime(years[0], 7, 1, 12, tzinfo=UTC)
    offset = whole(noon.astimezone(ZoneInfo(zone)).utcoffset())
    return Change(int(noon.timestamp()), offset, offset)


def main() -> int:
    began = time.perf_counter()
    count = sweep()
    print(f"{count}, seconds {time.perf_counter() - began:.1f}")
    for line in count.wrong[:20]:
        print(line)
    return 1 if count.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
