"""A calendar of elsewhere: bytes to occurrences. What cannot be used is told, event by event; the rest is used."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr
from icalendar import Calendar as Ics
from icalendar.cal import Component
from icalendar.prop.recur import vRecur
from msgspec import Struct

from watchbill.engine.duty.walls import instant_of, wall_at, zone_of
from watchbill.oncall.calendars.events import BadEvent, Event, event_of, moments_in, span, wall_of

MOST_BYTES = 10 * 1024 * 1024
MOST_EVENTS = 20_000
MOST_OCCURRENCES = 20_000
MOST_PROBLEMS = 50
MOST_STEPS = 100_000  # occurrences of one event that are passed on the way to those that are wanted
MOST_BARREN = 3  # rules that name no day at all; to find that out takes seconds
TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})


class Unreadable(ValueError):
    """Not a calendar that can be used at all; the message says why and what to do."""


class Occurrence(Struct, frozen=True):
    """One occurrence of an event: instants in seconds since 1970, half-open. `people`: addresses of attendees, in small letters.
    `busy`: "busy", "free", "oof" and what else programs write."""

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
    """Every occurrence that holds time between two instants (aware). `zone`: IANA name, of all-day events and of times
    without a zone. Raises Unreadable."""
    if len(body) > MOST_BYTES:
        raise Unreadable(f"The calendar has {len(body):,} bytes; {MOST_BYTES:,} are the most.")
    many = body.upper().count(b"BEGIN:VEVENT")
    if many > MOST_EVENTS:
        raise Unreadable(
            f"The calendar has {many:,} events; {MOST_EVENTS:,} are the most. Publish the coming ones only."
        )
    return _Reader(instant_of(since), instant_of(until), zone_of(zone)).read(_components(body))


def _components(body: bytes) -> list[Component]:
    if b"BEGIN:VCALENDAR" not in body[:4096].upper():
        raise Unreadable(
            "This is not iCalendar: it does not begin with BEGIN:VCALENDAR. Give the address that ends in .ics."
        )
    try:
        text = body.decode("utf-8-sig", errors="replace")
        calendars = Ics.from_ical(text, multiple=True)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OverflowError) as fault:
        raise Unreadable(f"The calendar cannot be read: {str(fault)[:200]}") from None
    return [event for calendar in calendars for event in calendar.walk("VEVENT")]


class _Reader:
    """Reads one calendar. Faults of single events are kept in `problems`."""

    def __init__(self, since: int, until: int, home: ZoneInfo) -> None:
        self._since, self._until, self._home = since, until, home
        self._problems: list[str] = []
        self._found: list[Occurrence] = []
        self._barren = 0

    def read(self, components: list[Component]) -> Calendar:
        """Every event: the newest version of each, with those that stand in for single occurrences."""
        masters: dict[str, tuple[Event, Component]] = {}
        instead: dict[str, dict[datetime, Event]] = {}
        for component in components:
            event = self._event(component)
            if event is None:
                continue
            if event.replaces is not None:
                if event.onwards:
                    self._tell(
                        event.uid, "RECURRENCE-ID: a change of this and all later occurrences is not understood."
                    )
                    continue
                known = instead.setdefault(event.uid, {}).get(event.replaces)
                if known is None or known.sequence <= event.sequence:
                    instead[event.uid][event.replaces] = event
            elif event.uid not in masters or masters[event.uid][0].sequence <= event.sequence:
                masters[event.uid] = event, component
        for uid, (event, component) in masters.items():
            self._expand(event, component, instead.pop(uid, {}))
        for single in instead.values():  # invitations to one occurrence of a series that is not in the file
            for event in single.values():
                self._add(event, event.wall)
        self._found.sort(key=lambda one: (one.since, one.until, one.uid))
        more = len(self._problems) - MOST_PROBLEMS
        told = (*self._problems[:MOST_PROBLEMS], f"And {more} more.") if more > 0 else tuple(self._problems)
        return Calendar(tuple(self._found), told)

    def _event(self, component: Component) -> Event | None:
        try:
            return event_of(component, self._home)
        except BadEvent as fault:
            self._tell(str(component.get("UID", "without a UID")), str(fault))
        except (ValueError, TypeError, AttributeError, OverflowError, KeyError) as fault:
            self._tell(str(component.get("UID", "without a UID")), f"It cannot be read: {str(fault)[:100]}")
        return None

    def _expand(self, event: Event, component: Component, instead: dict[datetime, Event]) -> None:
        if event.cancelled:
            return
        try:
            taken_out = {wall_of(moment, event.zone) for moment in moments_in(component, "EXDATE")}
            walls = [wall for wall in self._walls(event, component) if wall not in taken_out and wall not in instead]
        except (BadEvent, ValueError, TypeError, AttributeError, OverflowError, KeyError) as fault:
            self._tell(event.uid, str(fault)[:200])
            return
        for wall in walls:
            self._add(event, wall)
        for other in instead.values():
            self._add(other, other.wall)

    def _walls(self, event: Event, component: Component) -> Iterator[datetime]:
        """When its occurrences begin, by the wall clock: those that may hold time that is wanted, and some more."""
        given = component.get("RRULE")
        if isinstance(given, list):
            raise BadEvent("RRULE: it has more than one, which the standard gives up. Make an event of each.")
        walls = {event.wall}
        walls.update(wall_of(moment, event.zone) for moment in moments_in(component, "RDATE"))
        if given is not None:
            walls.update(self._repeated(event, given))
        yield from sorted(walls)

    def _repeated(self, event: Event, given: Any) -> Iterator[datetime]:
        rule = _rule(event, given)
        end = wall_at(self._until, self._home) + timedelta(days=2)
        begin = wall_at(self._since, self._home) - event.days - event.rest - timedelta(days=2)
        none = True
        if self._barren >= MOST_BARREN:
            raise BadEvent("RRULE: not read, since several rules before it name no day at all.")
        for steps, wall in enumerate(rule):
            none = False
            if wall > end:
                return
            if steps > MOST_STEPS:
                raise BadEvent(f"RRULE: it repeats more than {MOST_STEPS:,} times before today.")
            if wall >= begin:
                yield wall
        if none and not {"UNTIL", "COUNT"} & given.keys():
            self._barren += 1
            raise BadEvent("RRULE: it names no day at all.")

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


def _rule(event: Event, given: Any) -> Iterable[datetime]:
    """The rule on the wall clock, so that nine o'clock stays nine o'clock. Raises BadEvent."""
    if not isinstance(given, vRecur) or "FREQ" not in given:
        raise BadEvent(f"RRULE: {str(given)[:80]!r} cannot be read.")
    if str(given["FREQ"][0]).upper() in TOO_OFTEN:
        raise BadEvent(f"RRULE: it repeats {str(given['FREQ'][0]).lower()}, which is no rota. Daily is the most often.")
    parts = dict(given)
    until = parts.pop("UNTIL", None)
    text = bytes(vRecur(parts).to_ical()).decode()  # type: ignore[no-untyped-call]  # icalendar has not annotated it
    if until is not None:
        last = wall_of(until[0], event.zone)
        if not isinstance(until[0], datetime):
            last += timedelta(days=1, seconds=-1)
        text += f";UNTIL={last:%Y%m%dT%H%M%S}"
    try:
        found = rrulestr(text, dtstart=event.wall, cache=False)
    except (ValueError, TypeError, KeyError, IndexError) as fault:
        raise BadEvent(f"RRULE: {text[:80]!r} cannot be read: {str(fault)[:80]}") from None
    assert isinstance(found, rrule)  # a set comes of several lines only
    return found
