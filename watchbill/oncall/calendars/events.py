"""One VEVENT, tamed: when it begins, how long it lasts by which clock, and what it says."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, cast
from zoneinfo import ZoneInfo

from icalendar.cal import Component
from icalendar.prop.broken import vBroken
from msgspec import Struct

from watchbill.engine.duty.walls import first

DAY = timedelta(days=1)
MIDNIGHT = time.min
LONGEST = timedelta(days=366)
LONGEST_TEXT = 500


class BadEvent(ValueError):
    """An event that cannot be used; the message begins with the field."""


class Event(Struct, frozen=True):
    """An event as it stands in the file. `wall`: naive, when its first occurrence begins on the clock of `zone`. `days`,
    `rest`: how long it lasts, whole days by the clock on the wall and the rest exactly; or, where `ends_by_clock`, all of
    it by the clock. `replaces`: which occurrence it stands in for, by its wall-clock beginning. `people`: addresses, in
    small letters. `busy`: "oof", "free" and the like, in small letters.
    """

    uid: str
    wall: datetime
    zone: tzinfo
    days: timedelta
    rest: timedelta
    ends_by_clock: bool
    all_day: bool
    sequence: int
    cancelled: bool
    summary: str
    people: tuple[str, ...]
    busy: str
    replaces: datetime | None
    onwards: bool


def event_of(component: Component, home: ZoneInfo) -> Event:
    """Reads one VEVENT. `home`: the zone of all-day events and of times without a zone. Raises BadEvent."""
    start = _moment(component, "DTSTART")
    if start is None:
        raise BadEvent("DTSTART is missing.")
    all_day = not isinstance(start, datetime)
    zone = home if all_day else (cast(datetime, start).tzinfo or home)
    wall = wall_of(start, zone)
    days, rest, by_clock = _length(component, start, wall, zone)
    if days + rest > LONGEST:
        raise BadEvent(f"DTEND: it lasts longer than {LONGEST.days} days.")
    replaced = _moment(component, "RECURRENCE-ID")
    named = component.get("RECURRENCE-ID")
    return Event(
        uid=_text(component, "UID") or f"without a UID, {wall:%Y-%m-%d %H:%M}",
        wall=wall,
        zone=zone,
        days=days,
        rest=rest,
        ends_by_clock=by_clock,
        all_day=all_day,
        sequence=_number(component.get("SEQUENCE")),
        cancelled=_text(component, "STATUS").upper() == "CANCELLED",
        summary=_text(component, "SUMMARY"),
        people=tuple(_people(component)),
        busy=_busy(component),
        replaces=wall_of(replaced, zone) if replaced is not None else None,
        onwards=named is not None and str(named.params.get("RANGE", "")).upper() == "THISANDFUTURE",
    )


def span(event: Event, wall: datetime) -> tuple[int, int]:
    """The instants at which the occurrence that begins at `wall` begins and ends."""
    zone = cast(ZoneInfo, event.zone)
    start = first(wall, zone)
    if event.ends_by_clock:
        return start, first(wall + event.days + event.rest, zone)
    by_days = first(wall + event.days, zone) if event.days else start
    return start, by_days + int(event.rest.total_seconds())


def wall_of(moment: date, zone: tzinfo) -> datetime:
    """What the clock of `zone` shows then, naive. A date is its midnight; a time without a zone is taken as it stands."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, MIDNIGHT)
    local = moment if moment.tzinfo is None else moment.astimezone(zone)
    return local.replace(tzinfo=None, microsecond=0, fold=0)


def moments_in(component: Component, name: str) -> Iterator[date]:
    """Every time of a property that lists them, such as EXDATE. Raises BadEvent."""
    given = component.get(name)
    for listed in given if isinstance(given, list) else [given] if given is not None else []:
        if isinstance(listed, vBroken) or not hasattr(listed, "dts"):
            raise BadEvent(f"{name}: {str(listed)[:80]!r} is no list of times.")
        for one in listed.dts:
            yield one.dt[0] if isinstance(one.dt, tuple) else one.dt


def _length(component: Component, start: date, wall: datetime, zone: tzinfo) -> tuple[timedelta, timedelta, bool]:
    """Whole days, the rest, and whether all of it goes by the clock. An event with an end lasts as long as the clock says; of
    one with a duration the days go by the clock and the hours are exact (RFC 5545, 3.3.6 and 3.6.1)."""
    end = _moment(component, "DTEND")
    duration = component.get("DURATION")
    if end is not None:
        if isinstance(end, datetime) != isinstance(start, datetime):
            raise BadEvent("DTEND: DTSTART and DTEND must both be dates, or both be times.")
        length = wall_of(end, zone) - wall
        if length <= timedelta() and _instant(end, zone) <= _instant(start, zone):
            raise BadEvent("DTEND: it must be later than DTSTART.")
        if length <= timedelta():  # within the hour that comes twice
            return timedelta(), timedelta(seconds=_instant(end, zone) - _instant(start, zone)), False
        return length // DAY * DAY, length % DAY, True
    if duration is not None:
        if isinstance(duration, vBroken) or not isinstance(getattr(duration, "dt", None), timedelta):
            raise BadEvent(f"DURATION: {str(duration)[:80]!r} is no duration.")
        length = duration.dt
        if length <= timedelta():
            raise BadEvent("DURATION: it must be longer than nothing.")
        return length // DAY * DAY, length % DAY, False
    if isinstance(start, datetime):
        raise BadEvent("DTEND is missing, and so is DURATION.")
    return DAY, timedelta(), True


def _instant(moment: date, zone: tzinfo) -> int:
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return int(moment.timestamp())
    return first(wall_of(moment, zone), cast(ZoneInfo, zone))


def _moment(component: Component, name: str) -> date | None:
    given = component.get(name)
    if given is None:
        return None
    moment = None if isinstance(given, vBroken | list) else getattr(given, "dt", None)
    if not isinstance(moment, date):
        raise BadEvent(f"{name}: {str(given)[:80]!r} is no time.")
    if not 1900 <= moment.year <= 9000:
        raise BadEvent(f"{name}: the year {moment.year} is out of reach.")
    zone = given.params.get("TZID")
    if zone and isinstance(moment, datetime) and moment.tzinfo is None:
        raise BadEvent(f"{name}: the time zone {str(zone)[:80]!r} is not known, and the file does not describe it.")
    return moment


def _text(component: Component, name: str) -> str:
    given = component.get(name)
    given = given[0] if isinstance(given, list) and given else given
    return " ".join(str(given).split())[:LONGEST_TEXT] if given is not None else ""


def _number(given: Any) -> int:
    return given if isinstance(given, int) else 0


def _people(component: Component) -> Iterator[str]:
    given = component.get("ATTENDEE")
    for one in given if isinstance(given, list) else [given] if given is not None else []:
        if str(getattr(one, "params", {}).get("PARTSTAT", "")).upper() == "DECLINED":
            continue
        yield str(one).strip().lower().removeprefix("mailto:")


def _busy(component: Component) -> str:
    for name in ("X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS", "BUSYSTATUS"):
        if text := _text(component, name):
            return text.lower()
    return "free" if _text(component, "TRANSP").upper() == "TRANSPARENT" else "busy"
