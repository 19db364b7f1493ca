"""One VEVENT, tamed: when it begins, how long it lasts by which clock, and what it says."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, cast
from zoneinfo import ZoneInfo

from icalendar.cal import Component
from icalendar.prop.broken import vBroken
from msgspec import Struct

from watchbill.engine.duty.walls import first
from watchbill.oncall.calendars.lines import ZONE

DAY = timedelta(days=1)
NONE = timedelta()
MIDNIGHT = time.min
LONGEST = timedelta(days=366)
LONGEST_TEXT = 500


class BadEvent(ValueError):
    """An event that cannot be used; the message begins with the field."""


class Zones(Struct, frozen=True):
    """Whose clocks a file goes by. `home`: of all-day events. `floating`: of times without a zone. `find`: the zone of a
    name, None for one that is not known."""

    home: tzinfo
    floating: tzinfo
    find: Callable[[str], tzinfo | None]


class Event(Struct, frozen=True):
    """An event as it stands in the file. `wall`: naive, when its first occurrence begins on the clock of `zone`. `days`,
    `rest`: how long it lasts, whole days by the clock on the wall and the rest exactly; or, where `ends_by_clock`, all of
    it by the clock. `replaces`: which occurrence of a series it stands in for. `people`: addresses, in small letters.
    `busy`: "busy", "oof", "free" and the like, in small letters; empty where the file does not say.
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
    replaces: date | None
    onwards: bool


def event_of(component: Component, zones: Zones) -> Event:
    """Reads one VEVENT. Raises BadEvent."""
    for name, why in component.errors:
        if name is None:  # a line that is no property; of those that have a name, the value is looked at below
            line = re.search(r"'([A-Z-]+)", why)
            raise BadEvent(f"{line[1] if line else 'A line'}: the line cannot be read.")
    replaces = _moment(component, "RECURRENCE-ID", zones)
    cancelled = _text(component, "STATUS").upper() == "CANCELLED"
    start = _moment(component, "DTSTART", zones)
    if start is None and cancelled:  # a cancellation may say no more than what it takes out
        start = replaces or date(1970, 1, 1)
    if start is None:
        raise BadEvent("DTSTART is missing.")
    all_day = not isinstance(start, datetime)
    zone = zones.home if all_day else (cast(datetime, start).tzinfo or zones.floating)
    wall = wall_of(start, zone)
    days, rest, by_clock = (DAY, NONE, True) if cancelled else _length(component, start, wall, zones)
    if days + rest > LONGEST:
        raise BadEvent(f"DTEND: it lasts longer than {LONGEST.days} days.")
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
        cancelled=cancelled,
        summary=_text(component, "SUMMARY"),
        people=tuple(_people(component)),
        busy=_busy(component),
        replaces=replaces,
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


def moments_in(component: Component, name: str, zones: Zones | None = None) -> Iterator[date]:
    """Every time of a property that lists them, such as EXDATE. Raises BadEvent."""
    given = component.get(name)
    for listed in given if isinstance(given, list) else [given] if given is not None else []:
        if isinstance(listed, vBroken) or not hasattr(listed, "dts"):
            raise BadEvent(f"{name}: {str(listed)[:80]!r} is no list of times.")
        for one in listed.dts:
            if isinstance(one.dt, tuple):
                raise BadEvent(f"{name}: a period with a length of its own is not understood. Make it an event.")
            yield _in_zone(name, one.dt, listed.params.get(ZONE), zones)


def _length(component: Component, start: date, wall: datetime, zones: Zones) -> tuple[timedelta, timedelta, bool]:
    """Whole days, the rest, and whether all of it goes by the clock.

    By DURATION, days go by the clock and hours are exact (RFC 5545, 3.3.6). By DTEND, every occurrence ends when the clock
    shows what DTEND shows: 3.8.5.3 would have each last as long as the first, but whoever hands over at nine does so on
    the day the clocks change, too. An end by the clock of another zone cannot say that, and is exact."""
    end = _moment(component, "DTEND", zones)
    if end is None:
        return _duration(component, start)
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        if isinstance(start, datetime) or isinstance(end, datetime):
            raise BadEvent("DTEND: DTSTART and DTEND must both be dates, or both be times.")
        length, by_clock = wall_of(end, zones.home) - wall, True
    else:
        zone = start.tzinfo or zones.floating
        length, by_clock = wall_of(end, zone) - wall, end.tzinfo == start.tzinfo
        if not by_clock or length <= NONE:  # or within the hour that comes twice
            exact = timedelta(seconds=_instant(end, zones) - _instant(start, zones))
            length, by_clock = exact, False
    if length <= NONE:
        raise BadEvent("DTEND: it must be later than DTSTART.")
    return (length // DAY * DAY, length % DAY, True) if by_clock else (NONE, length, False)


def _duration(component: Component, start: date) -> tuple[timedelta, timedelta, bool]:
    duration = component.get("DURATION")
    if duration is None:
        if isinstance(start, datetime):
            raise BadEvent("DTEND is missing, and so is DURATION.")
        return DAY, NONE, True
    length = None if isinstance(duration, vBroken) else getattr(duration, "dt", None)
    if not isinstance(length, timedelta):
        raise BadEvent(f"DURATION: {str(duration)[:80]!r} is no duration.")
    if length <= NONE:
        raise BadEvent("DURATION: it must be longer than nothing.")
    return length // DAY * DAY, length % DAY, False


def _instant(moment: datetime, zones: Zones) -> int:
    zone = moment.tzinfo or zones.floating
    return first(wall_of(moment, zone), cast(ZoneInfo, zone)) if not moment.fold else int(moment.timestamp())


def _moment(component: Component, name: str, zones: Zones) -> date | None:
    given = component.get(name)
    if given is None:
        return None
    if isinstance(given, list):
        raise BadEvent(f"{name}: it is there more than once.")
    moment = None if isinstance(given, vBroken) else getattr(given, "dt", None)
    if not isinstance(moment, date):
        raise BadEvent(f"{name}: {str(given)[:80]!r} is no time.")
    return _in_zone(name, moment, given.params.get(ZONE), zones)


def _in_zone(name: str, moment: date, tzid: object, zones: Zones | None) -> date:
    """With the zone that it names, if it names one. Raises BadEvent for one that nobody knows."""
    if not 1900 <= moment.year <= 9000:
        raise BadEvent(f"{name}: the year {moment.year} is out of reach.")
    if zones is None or not tzid or not isinstance(moment, datetime) or moment.tzinfo is not None:
        return moment
    zone = zones.find(str(tzid))
    if zone is None:
        raise BadEvent(f"{name}: the time zone {str(tzid)[:80]!r} is not known, and the file does not describe it.")
    return moment.replace(tzinfo=zone)


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
        # Apple's programs write the address beside a path of their own.
        yield str(one.params.get("EMAIL", one)).strip().lower().removeprefix("mailto:")


def _busy(component: Component) -> str:
    for name in ("X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS", "BUSYSTATUS"):
        if text := _text(component, name):
            return text.lower()
    return "free" if _text(component, "TRANSP").upper() == "TRANSPARENT" else ""
