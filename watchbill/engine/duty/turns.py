"""The turns of a rotation: at which instant turn number k begins, and which turn an instant belongs to.

Turns are numbered from the anchor on, and backwards before it, so that adding, removing and re-ordering people moves no
hand-off.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from watchbill.engine.duty.schedule import HandOff, Unit
from watchbill.engine.duty.walls import first, wall_at


def begins(rule: HandOff, turn: int, zone: ZoneInfo) -> int:
    """The instant at which a turn begins: its wall-clock time, at the first instant that shows it."""
    return first(wall_of(rule, turn), zone)


def wall_of(rule: HandOff, turn: int) -> datetime:
    """What the wall clock shows when a turn begins: naive."""
    if rule.unit is Unit.HOUR:
        return _at(rule, rule.anchor.toordinal()) + timedelta(hours=turn * rule.every)
    if rule.unit is Unit.DAY:
        return _at(rule, rule.anchor.toordinal() + turn * rule.every)
    if rule.unit is Unit.WEEK:
        week, place = divmod(turn, len(rule.weekdays))
        monday = rule.anchor.toordinal() - rule.anchor.weekday()
        return _at(rule, monday + 7 * rule.every * week + rule.weekdays[place])
    months = rule.anchor.year * 12 + rule.anchor.month - 1 + turn * rule.every
    year, month = divmod(months, 12)
    day = min(rule.day, monthrange(year, month + 1)[1])
    return datetime.combine(date(year, month + 1, day), time(*divmod(rule.at, 60)))


def turn_at(rule: HandOff, instant: int, zone: ZoneInfo) -> int:
    """The turn that an instant belongs to: the last one that has begun."""
    return _around(rule, instant, zone)[0]


def turns(rule: HandOff, since: int, until: int, zone: ZoneInfo) -> Iterator[tuple[int, int, int]]:
    """Every turn that holds time between two instants, of which the first comes first: its number, when it begins and when
    it ends. A turn that daylight saving leaves without any time is left out."""
    turn, start, end = _around(rule, since, zone)
    while True:
        if start < end:
            yield turn, start, end
        if end >= until:
            return
        turn, start, end = turn + 1, end, begins(rule, turn + 2, zone)


def _around(rule: HandOff, instant: int, zone: ZoneInfo) -> tuple[int, int, int]:
    """The turn that an instant belongs to, when it begins and when it ends."""
    turn = _guess(rule, wall_at(instant, zone))
    start = begins(rule, turn, zone)
    while start > instant:
        turn -= 1
        start = begins(rule, turn, zone)
    end = begins(rule, turn + 1, zone)
    while end <= instant:
        turn, start, end = turn + 1, end, begins(rule, turn + 2, zone)
    return turn, start, end


def _guess(rule: HandOff, wall: datetime) -> int:
    """The turn by the wall clock alone; right but for the hours around a change of the zone's offset."""
    if rule.unit is Unit.HOUR:
        return (wall - _at(rule, rule.anchor.toordinal())) // timedelta(hours=rule.every)
    day = wall.toordinal() - (wall.hour * 60 + wall.minute < rule.at)
    if rule.unit is Unit.DAY:
        return (day - rule.anchor.toordinal()) // rule.every
    if rule.unit is Unit.WEEK:
        monday = rule.anchor.toordinal() - rule.anchor.weekday()
        period, within = divmod(day - monday, 7 * rule.every)
        return period * len(rule.weekdays) + sum(weekday <= within for weekday in rule.weekdays) - 1
    months = (wall.year - rule.anchor.year) * 12 + wall.month - rule.anchor.month
    return months // rule.every


def _at(rule: HandOff, ordinal: int) -> datetime:
    return datetime.fromordinal(ordinal) + timedelta(0, rule.at * 60)
