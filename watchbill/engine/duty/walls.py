"""From what a wall clock shows to the instant at which it shows it, over every change of every zone.

A time that does not exist, in the gap of spring, is the first instant after the gap. A time that comes twice has a first
and a last instant; a hand-off takes the first, hours of duty begin at the first and end at the last.
"""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

zone_of = lru_cache(maxsize=1024)(ZoneInfo)


def first(wall: datetime, zone: ZoneInfo) -> int:
    """The first instant, in seconds since 1970, at which a clock in `zone` shows `wall` (naive, fold 0, whole seconds) or
    later."""
    return _instant(wall, zone.utcoffset(wall), zone)


def last(wall: datetime, zone: ZoneInfo) -> int:
    """The last instant at which a clock in `zone` shows `wall`, or the first after the gap that holds it."""
    late = datetime.combine(wall, time(wall.hour, wall.minute, wall.second, fold=1))
    return _instant(wall, zone.utcoffset(late), zone)


def wall_at(instant: int, zone: ZoneInfo) -> datetime:
    """What a clock in `zone` shows at an instant: naive."""
    return _EPOCH + timedelta(0, instant) + _offset_at(instant, zone)


def instant_of(moment: datetime) -> int:
    """Seconds since 1970 of an aware datetime, cut to whole ones."""
    return (moment - _EPOCH_UTC) // _SECOND


def moment_of(instant: int) -> datetime:
    """The datetime, in UTC, of seconds since 1970."""
    return datetime.fromtimestamp(instant, UTC)


_NONE = timedelta()
_SECOND = timedelta(seconds=1)
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH = _EPOCH_UTC.replace(tzinfo=None)


def _instant(wall: datetime, offset: timedelta | None, zone: ZoneInfo) -> int:
    """When a clock shows `wall`, if its offset is then the one given; if it is not, the wall is in a gap, which ends then."""
    instant = _seconds(wall - (offset or _NONE))
    then = _offset_at(instant, zone)
    if then == (offset or _NONE):
        return instant
    other = _seconds(wall - then)
    return _end_of_gap(min(instant, other), max(instant, other), zone)


def _offset_at(instant: int, zone: ZoneInfo) -> timedelta:
    return datetime.fromtimestamp(instant, zone).utcoffset() or _NONE


def _seconds(naive_utc: datetime) -> int:
    since = naive_utc - _EPOCH
    return since.days * 86_400 + since.seconds


def _end_of_gap(low: int, high: int, zone: ZoneInfo) -> int:
    """The instant at which the offset changes: after `low`, at `high` at the latest."""
    was = _offset_at(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_at(middle, zone) == was:
            low = middle
        else:
            high = middle
    return high
