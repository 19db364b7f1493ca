"""From what a wall clock shows to the instant at which it shows it, over every change of every zone.

A time that does not exist, in the gap of spring, is the first instant after the gap. A time that comes twice has a first
and a last instant; a hand-off takes the first, hours of duty begin at the first and end at the last.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

zone_of = lru_cache(maxsize=1024)(ZoneInfo)


def first(wall: datetime, zone: ZoneInfo) -> int:
    """The first instant, in seconds since 1970, at which a clock in `zone` shows `wall` (naive, whole seconds) or later."""
    early, late = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    before, after = early.utcoffset(), late.utcoffset()
    if before is not None and after is not None and before < after:
        return _end_of_gap(_seconds(wall - after), _seconds(wall - before), zone)
    return _seconds(wall - (before or _NONE))


def last(wall: datetime, zone: ZoneInfo) -> int:
    """The last instant at which a clock in `zone` shows `wall`, or the first after the gap that holds it."""
    early, late = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    before, after = early.utcoffset(), late.utcoffset()
    if before is not None and after is not None and before < after:
        return _end_of_gap(_seconds(wall - after), _seconds(wall - before), zone)
    return _seconds(wall - (after or _NONE))


def wall_at(instant: int, zone: ZoneInfo) -> datetime:
    """What a clock in `zone` shows at an instant: naive."""
    return datetime.fromtimestamp(instant, zone).replace(tzinfo=None, fold=0)


def instant_of(moment: datetime) -> int:
    """Seconds since 1970 of an aware datetime, cut to whole ones."""
    return (moment - _EPOCH_UTC) // _SECOND


def moment_of(instant: int) -> datetime:
    """The datetime, in UTC, of seconds since 1970."""
    return _EPOCH_UTC + timedelta(seconds=instant)


_NONE = timedelta()
_SECOND = timedelta(seconds=1)
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH = _EPOCH_UTC.replace(tzinfo=None)


def _seconds(naive_utc: datetime) -> int:
    return (naive_utc - _EPOCH) // _SECOND


def _end_of_gap(low: int, high: int, zone: ZoneInfo) -> int:
    """The instant at which the offset changes: after `low`, at `high` at the latest."""
    was = datetime.fromtimestamp(low, zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == was:
            low = middle
        else:
            high = middle
    return high
