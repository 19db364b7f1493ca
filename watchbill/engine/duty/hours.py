"""Hours of duty: windows of the week, as instants."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from watchbill.engine.duty.schedule import WEEK, Hours
from watchbill.engine.duty.walls import first, instant_of, last, wall_at, zone_of

Stretch = tuple[int, int]


def stretches(hours: tuple[Hours, ...], since: int, until: int, zone: ZoneInfo) -> list[Stretch]:
    """When these hours are between two instants: half-open stretches in order, none touching the next. Without hours, all
    of it."""
    if not hours:
        return [(since, until)] if since < until else []
    return merged(clipped(_windows(hours, since, until, zone), since, until))


def _windows(hours: tuple[Hours, ...], since: int, until: int, zone: ZoneInfo) -> Iterator[Stretch]:
    """Each window of each week; one that began up to a week ago may still last."""
    wall = wall_at(since, zone)
    monday = datetime.combine(wall.date() - timedelta(days=wall.weekday() + 7), datetime.min.time())
    while True:
        for window in hours:
            begin = monday + timedelta(minutes=window.begins)
            yield first(begin, zone), last(begin + timedelta(minutes=window.length), zone)
        monday += timedelta(days=7)
        if first(monday, zone) >= until:
            return


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
