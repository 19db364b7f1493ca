"""When a rule repeats, by the clock on the wall, so that nine o'clock stays nine o'clock. Bounded, whatever the rule says."""

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Any

from dateutil.rrule import rrule, rrulestr
from icalendar.prop.recur import vRecur

from watchbill.oncall.calendars.events import BadEvent, wall_of
from watchbill.oncall.calendars.lines import Unreadable

MOST_STEPS = 1_000_000  # days that the rules of one calendar may walk through, and times they may name, together
MOST_TEXT = 500
MOST_A_DAY = 24
MOST_POSITIONS = 10
MOST_INTERVAL = 1_000
TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})

# dateutil looks for the next day until the year 9999 and cannot be told to give up. The calendar is the same, weekdays and
# all, every 400 years; a rule is followed in the last of them that fits, so that the search is short.
CYCLE = 400
_LAST_YEAR = 9998


class Meter:
    """What the rules of one calendar have cost so far."""

    def __init__(self) -> None:
        self._spent = 0

    def pay(self, steps: int) -> None:
        """Raises Unreadable when it is too much."""
        self._spent += steps
        if self._spent > MOST_STEPS:
            raise Unreadable(
                f"RRULE: the repeating events of the calendar run through more than {MOST_STEPS:,} days. "
                "Publish fewer of them, or end those that are over with UNTIL."
            )


def repeated(
    given: Any, start: datetime, zone: tzinfo, begin: datetime, end: datetime, meter: Meter
) -> Iterator[datetime]:
    """The times from `begin` to `end` that a rule names, for an event that begins at `start`; all by the clock of `zone`,
    naive. `start` itself need not be among them. Raises BadEvent, Unreadable."""
    parts, until, count = _checked(given)
    stop = min(end, _last(until, zone)) if until is not None else end
    if start > stop or stop < begin:
        return
    if count is None:
        start = _later(str(parts["FREQ"][0]).upper(), start, _interval(parts), begin)
    years = (_LAST_YEAR - end.year) // CYCLE * CYCLE
    before = start.replace(year=start.year + years)
    found = 0
    for moved in _rule(parts, before):
        meter.pay((moved - before).days + 1)
        before, found = moved, found + 1
        wall = moved.replace(year=moved.year - years)
        if wall > stop:
            return
        if wall >= begin:
            yield wall
    if found != count:
        meter.pay((_LAST_YEAR + 1 - before.year) * 366)
    if not found:
        raise BadEvent("RRULE: it names no day at all.")


def _checked(given: Any) -> tuple[dict[str, Any], Any, int | None]:
    """A rule without its UNTIL; UNTIL; COUNT. Raises BadEvent."""
    if isinstance(given, list):
        raise BadEvent("RRULE: it has more than one, which the standard gives up. Make an event of each.")
    if not isinstance(given, vRecur) or "FREQ" not in given:
        raise BadEvent(f"RRULE: {str(given)[:80]!r} cannot be read.")
    parts = dict(given)
    often = str(parts["FREQ"][0]).upper()
    if often in TOO_OFTEN:
        raise BadEvent(f"RRULE: it repeats {often.lower()}, which is no rota. Daily is the most often.")
    if not 1 <= _interval(parts) <= MOST_INTERVAL:
        raise BadEvent(f"RRULE: INTERVAL must be from 1 to {MOST_INTERVAL:,}.")
    times = 1
    for name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        times *= len(parts.get(name, [0]))
    if times > MOST_A_DAY:
        raise BadEvent(f"RRULE: it names {times:,} times a day; {MOST_A_DAY} are the most.")
    if len(parts.get("BYSETPOS", ())) > MOST_POSITIONS:
        raise BadEvent(f"RRULE: BYSETPOS has more than {MOST_POSITIONS} numbers.")
    if "BYEASTER" in parts:
        raise BadEvent("RRULE: BYEASTER is not of the standard. List the dates with RDATE.")
    until, count = parts.pop("UNTIL", [None])[0], parts.get("COUNT", [None])[0]
    return parts, until, count if isinstance(count, int) else None


def _interval(parts: dict[str, Any]) -> int:
    every = parts.get("INTERVAL", [1])[0]
    if not isinstance(every, int):
        raise BadEvent(f"RRULE: INTERVAL {str(every)[:20]!r} is no number.")
    return every


def _last(until: Any, zone: tzinfo) -> datetime:
    """The last time that UNTIL allows. A date allows all of its day."""
    wall = wall_of(until, zone)
    return wall if isinstance(until, datetime) else wall + timedelta(days=1, seconds=-1)


def _later(often: str, start: datetime, every: int, begin: datetime) -> datetime:
    """A start in step with the rule's, some way before `begin`, so that the years before are not walked through."""
    if often in ("DAILY", "WEEKLY"):
        period = timedelta(days=every * (7 if often == "WEEKLY" else 1))
        return start + max((begin - start) // period - 1, 0) * period
    period_months = every * (12 if often == "YEARLY" else 1)
    months = (begin.year - start.year) * 12 + begin.month - start.month
    skipped = max(months // period_months - 1, 0) * period_months + start.month - 1
    try:
        return start.replace(year=start.year + skipped // 12, month=skipped % 12 + 1)
    except ValueError:  # that month is too short
        return start


def _rule(parts: dict[str, Any], start: datetime) -> rrule:
    text = bytes(vRecur(parts).to_ical()).decode()  # type: ignore[no-untyped-call]  # icalendar has not annotated it
    if len(text) > MOST_TEXT:
        raise BadEvent(f"RRULE: it has {len(text):,} characters; {MOST_TEXT} are the most.")
    try:
        found = rrulestr(text, dtstart=start, cache=False)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as fault:
        raise BadEvent(f"RRULE: {text[:80]!r} cannot be read: {str(fault)[:80]}") from None
    assert isinstance(found, rrule)  # a set comes of several lines only
    return found
