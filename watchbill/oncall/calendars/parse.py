"""A calendar of elsewhere: bytes to occurrences. What cannot be used is told, event by event; the rest is used."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar as Ics
from icalendar.cal import Component
from msgspec import Struct

from watchbill.engine.duty.walls import instant_of, wall_at, zone_of
from watchbill.oncall.calendars.events import BadEvent, Event, Zones, event_of, moments_in, span, wall_of
from watchbill.oncall.calendars.lines import MOST_BYTES, Unreadable, tidied
from watchbill.oncall.calendars.repeat import Meter, repeated
from watchbill.oncall.calendars.zones import Described, described, found_in, name_in, named

__all__ = ["MOST_BYTES", "Calendar", "Occurrence", "Unreadable", "parse"]

MOST_OCCURRENCES = 20_000
MOST_PROBLEMS = 50
_AROUND = timedelta(days=2)  # what no two zones are apart
# What the icalendar package raises for what it cannot read, besides its own ValueErrors.
_FAULTS = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError)


class Occurrence(Struct, frozen=True):
    """One occurrence of an event: instants in seconds since 1970, half-open. `people`: addresses of attendees, in small letters.
    `busy`: "busy", "free", "oof" and what else programs write; empty where they do not."""

    since: int
    until: int
    summary: str
    people: tuple[str, ...]
    uid: str
    all_day: bool
    busy: str


class Calendar(Struct, frozen=True):
    """What a calendar holds between two instants, by its beginning. `problems`: what could not be used, in sentences."""

    occurrences: tuple[Occurrence, ...]
    problems: tuple[str, ...]


def parse(body: bytes, *, since: datetime, until: datetime, zone: str) -> Calendar:
    """Every occurrence that holds time between two instants (aware). `zone`: IANA name, of all-day events, and of times
    without a zone where the calendar names none for them (X-WR-TIMEZONE). Raises Unreadable."""
    lines = tidied(body)
    try:
        calendars = Ics.from_ical(lines.events, multiple=True)
    except _FAULTS as fault:
        raise Unreadable(f"The calendar cannot be read: {str(fault)[:200]}") from None
    reader = _Reader(instant_of(since), instant_of(until), zone_of(zone))
    own = reader.zones(lines.zones)
    for calendar in calendars:
        reader.read(calendar, own)
    return reader.told()


class _Except:
    """Occurrences of a series that are not to be: by a time, or by a date for all of its day."""

    def __init__(self, moments: Iterable[date], event: Event) -> None:
        self._walls, self._days = set(), set()
        for moment in moments:
            if isinstance(moment, datetime):
                self._walls.add(wall_of(moment, event.zone))
            else:
                self._days.add(moment)

    def __contains__(self, wall: datetime) -> bool:
        return wall in self._walls or wall.date() in self._days


class _Reader:
    """Reads the calendars of one document. Faults of single events are kept."""

    def __init__(self, since: int, until: int, home: ZoneInfo) -> None:
        self._since, self._until, self._home = since, until, home
        # By the wall clocks of all zones.
        self._begin, self._end = wall_at(since, home) - _AROUND, wall_at(until, home) + _AROUND
        self._meter = Meter()
        self._problems: list[str] = []
        self._found: list[Occurrence] = []

    def zones(self, blocks: Iterable[str]) -> dict[str, Described]:
        """The zones that the file describes and the world does not know."""
        found: dict[str, Described] = {}
        for block in blocks:
            name = name_in(block)
            if named(name) is None:
                try:
                    found[name] = described(name, block, self._begin, self._end, self._meter)
                except Unreadable:
                    raise
                except _FAULTS as fault:
                    self._problems.append(f"Time zone {name[:80]}: {str(fault)[:200]}")
        return found

    def read(self, calendar: Component, own: dict[str, Described]) -> None:
        """Every event: the newest version of each, with those that stand in for single occurrences."""
        masters: dict[str, tuple[Event, Component]] = {}
        instead: dict[str, dict[date, Event]] = {}
        floating = str(calendar.get("X-WR-TIMEZONE", ""))
        find = found_in(own)
        zones = Zones(self._home, find(floating) or self._home, find)
        for number, component in enumerate(calendar.walk("VEVENT")):
            event = self._event(component, zones)
            if event is None:
                continue
            key = event.uid if "UID" in component else f"{number} without"
            if event.replaces is not None:
                if event.onwards:
                    self._tell(event.uid, "RECURRENCE-ID: a change of this and all later ones is not understood.")
                    continue
                known = instead.setdefault(key, {}).get(event.replaces)
                if known is None or known.sequence <= event.sequence:
                    instead[key][event.replaces] = event
            elif key not in masters or masters[key][0].sequence <= event.sequence:
                if key in masters and masters[key][0].sequence == event.sequence and masters[key][0] != event:
                    self._tell(event.uid, "UID: two events have it, with one SEQUENCE; the later in the file is used.")
                masters[key] = event, component
        for key, (event, component) in masters.items():
            self._expand(event, component, instead.pop(key, {}), zones)
        for single in instead.values():  # invitations to one occurrence of a series that is not in the file
            for event in single.values():
                self._add(event, event.wall)

    def told(self) -> Calendar:
        """All that was found."""
        self._found.sort(key=lambda one: (one.since, one.until, one.uid))
        more = len(self._problems) - MOST_PROBLEMS
        told = (*self._problems[:MOST_PROBLEMS], f"And {more} more.") if more > 0 else tuple(self._problems)
        return Calendar(tuple(self._found), told)

    def _event(self, component: Component, zones: Zones) -> Event | None:
        uid = str(component.get("UID", "without a UID"))
        try:
            return event_of(component, zones)
        except BadEvent as fault:
            self._tell(uid, str(fault))
        except _FAULTS as fault:
            self._tell(uid, f"It cannot be read: {str(fault)[:100]}")
        return None

    def _expand(self, event: Event, component: Component, instead: dict[date, Event], zones: Zones) -> None:
        if event.cancelled:
            return
        for other in instead.values():
            self._add(other, other.wall)
        try:
            out = _Except([*moments_in(component, "EXDATE", zones), *instead], event)
            walls = [wall for wall in sorted(self._walls(event, component, zones)) if wall not in out]
        except Unreadable as fault:
            raise Unreadable(f"Event {event.uid[:80]}: {fault}") from None
        except _FAULTS as fault:
            self._tell(event.uid, str(fault)[:200])
            return
        for wall in walls:
            self._add(event, wall)

    def _walls(self, event: Event, component: Component, zones: Zones) -> set[datetime]:
        """When its occurrences begin, by the wall clock: those that may hold time that is wanted, and some more."""
        if "EXRULE" in component:
            raise BadEvent("EXRULE: the standard has given it up. Take dates out with EXDATE.")
        walls = {event.wall}
        walls.update(wall_of(moment, event.zone) for moment in moments_in(component, "RDATE", zones))
        rule = component.get("RRULE")
        if rule is not None:
            begin = self._begin - event.days - event.rest
            walls.update(repeated(rule, event.wall, event.zone, begin, self._end, self._meter))
        return walls

    def _add(self, event: Event, wall: datetime) -> None:
        if event.cancelled:
            return
        start, end = span(event, wall)
        if start >= self._until or end <= self._since or start >= end:
            return
        if len(self._found) >= MOST_OCCURRENCES:
            raise Unreadable(
                f"The calendar has more than {MOST_OCCURRENCES:,} occurrences in the time that is asked for."
            )
        self._found.append(Occurrence(start, end, event.summary, event.people, event.uid, event.all_day, event.busy))

    def _tell(self, uid: str, why: str) -> None:
        self._problems.append(f"Event {uid[:80]}: {why}")
