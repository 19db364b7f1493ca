"""Who is on duty, reckoned without the product's calculation: by the oracle of its tests, which only reads clocks.

The oracle knows a clock by what it has shown and will show. Here that is told by when the clock was set, which is quick.
"""

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from watchbill.engine.duty.schedule import Edition, Hours, Schedule
from watchbill.engine.duty.tests.oracle import Face, On, minute, turn_of, within

DAY = 86_400
SPAN = 8 * DAY  # seconds of a clock that are looked through at once
LOOKS_EVERY = 3600
NEVER = 2**40  # minutes


def on_duty(schedule: Schedule, at: int) -> frozenset[On]:
    """Everybody who is on duty at an instant, from each source, shadows too."""
    zones = {schedule.zone, *(edition.zone for rotation in schedule.rotations for edition in rotation.editions)}
    return minute(schedule, at, {zone: face(zone, at) for zone in zones}).on


def is_within(hours: tuple[Hours, ...], zone: str, at: int) -> bool:
    """Whether an instant lies within hours of a zone."""
    return within(hours, face(zone, at))


def turn(edition: Edition, at: int) -> int:
    """The turn that an instant belongs to."""
    return turn_of(edition.hand_off, face(edition.zone, at).latest)


def face(zone: str, at: int) -> Face:
    """What a clock of this zone shows at an instant, the latest that it has shown, and the lowest that it will show."""
    shows = (at + _offset(zone, at)) // 60
    latest, lowest = shows, NEVER
    for back, before, after in _set_back(zone, at // SPAN):
        if back <= at:
            latest = max(latest, before - 1)
        else:
            lowest = min(lowest, after)
    return Face(shows, latest, lowest)


@lru_cache(maxsize=1024)
def _set_back(zone: str, span: int) -> tuple[tuple[int, int, int], ...]:
    """When the clock is set back in this span, or up to two days from it: the instant, the minute that it would have shown
    then, and the one that it shows."""
    found = []
    for looked in range(span * SPAN - 2 * DAY, (span + 1) * SPAN + 2 * DAY, LOOKS_EVERY):
        before, after = _offset(zone, looked), _offset(zone, looked + LOOKS_EVERY)
        if after < before:
            back = next(at for at in range(looked, looked + LOOKS_EVERY + 1, 60) if _offset(zone, at) == after)
            found.append((back, (back + before) // 60, (back + after) // 60))
    return tuple(found)


def _offset(zone: str, at: int) -> int:
    """Seconds east of Greenwich."""
    offset = datetime.fromtimestamp(at, _zone(zone)).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


_zone = lru_cache(maxsize=64)(ZoneInfo)
