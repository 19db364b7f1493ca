"""Hours of duty: windows of the week, as instants."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from watchbill.engine.duty.schedule import DAY, WEEK, Hours
from watchbill.engine.duty.walls import first, instant_of, last, wall_at, zone_of

Stretch = tuple[int, int]

_FIRST_MONDAY = datetime.fromordinal(1)


def stretches(hours: tuple[Hours, ...], since: int, until: int, zone: ZoneInfo) -> list[Stretch]:
    """When these hours are between two instants: half-open stretches in order, none touching the next. Without hours, all
    of it."""
    if not hours:
        return [(since, until)] if since < until else []
    return merged(clipped(_windows(hours, since, until, zone), since, until))


def _windows(hours: tuple[Hours, ...], since: int, until: int, zone: ZoneInfo) -> Iterator[Stretch]:
    """Each window that may hold time between two instants. Which those are is told by the wall clock, with a day to spare,
    since no zone sets its clocks by more."""
    early = _minutes(wall_at(since, zone)) - DAY
    late = early + DAY + (until - since) // 60 + 1 + DAY
    for week in range(early // WEEK - 1, late // WEEK + 1):  # what began in the week before may still last
        for window in hours:
            begin = week * WEEK + window.begins
            if begin < late and early < begin + window.length:
                yield first(_wall(begin), zone), last(_wall(begin + window.length), zone)


def _minutes(wall: datetime) -> int:
    """Minutes since the first Monday of the calendar."""
    return (wall.toordinal() - 1) * DAY + wall.hour * 60 + wall.minute


def _wall(minutes: int) -> datetime:
    return _FIRST_MONDAY + timedelta(0, minutes * 60)


def clipped(parts: Iterable[Stretch], since: int, until: int) -> Iterator[Stretch]:
    """What of these lies between two instants."""
    for start, end in parts:
        start, end = max(start, since), min(end, until)
        if start < end:
            yield start, end


def merged(parts: Iterable[Stretch]) -> list[Stretch]:
    """The same time as stretches in order that do not touch."""
    found: list[Stretch] = []
    for start, end in sorted(parts):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def without(parts: Iterable[Stretch], taken: Iterable[Stretch]) -> list[Stretch]:
    """What of `parts` is not in `taken`. Both in order and untouching."""
    found: list[Stretch] = []
    holes = list(taken)
    at = 0
    for start, end in parts:
        while at < len(holes) and holes[at][1] <= start:
            at += 1
        hole = at
        while hole < len(holes) and holes[hole][0] < end:
            if start < holes[hole][0]:
                found.append((start, holes[hole][0]))
            start = max(start, holes[hole][1])
            hole += 1
        if start < end:
            found.append((start, end))
    return found


def covers(hours: tuple[Hours, ...], zone: str, at: datetime) -> bool:
    """Whether an instant (aware) lies within these hours in this zone (IANA name). Without hours, it does."""
    instant = instant_of(at)
    return bool(stretches(hours, instant, instant + 1, zone_of(zone)))


def always(hours: tuple[Hours, ...]) -> bool:
    """Whether the hours are all of the week."""
    return not hours or merged((window.begins, window.begins + window.length) for window in hours) == [(0, WEEK)]
