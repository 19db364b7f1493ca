"""Time zones that only the file knows: a VTIMEZONE as offsets from one instant to the next."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar.cal import Component
from icalendar.prop.recur import vRecur
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from watchbill.engine.duty.walls import zone_of
from watchbill.oncall.calendars.events import BadEvent, moments_in, wall_of
from watchbill.oncall.calendars.repeat import Meter, repeated

AROUND = timedelta(days=3 * 366)  # events may last a year, and have begun in one before


class Described(tzinfo):
    """A zone by its changes: (when, in UTC and naive, the offset from then on), in order. `before`: the offset until then."""

    def __init__(self, name: str, before: timedelta, changes: list[tuple[datetime, timedelta]]) -> None:
        self._name = name
        self._offsets = [before, *(offset for _, offset in changes)]
        self._instants = [when for when, _ in changes]
        steps = list(zip(self._instants, pairwise(self._offsets), strict=True))
        # By the wall clock, a change is over at the later of what it shows then; with `fold`, at the earlier.
        self._walls = [when + max(pair) for when, pair in steps], [when + min(pair) for when, pair in steps]

    def utcoffset(self, moment: datetime | None, /) -> timedelta:
        """As of `datetime.tzinfo`."""
        if moment is None:
            return self._offsets[-1]
        return self._offsets[bisect_right(self._walls[moment.fold], moment.replace(tzinfo=None, fold=0))]

    def fromutc(self, moment: datetime, /) -> datetime:
        """As of `datetime.tzinfo`."""
        utc = moment.replace(tzinfo=None)
        place = bisect_right(self._instants, utc)
        offset = self._offsets[place]
        again = place > 0 and utc - self._instants[place - 1] < self._offsets[place - 1] - offset
        return (moment + offset).replace(fold=int(again))

    def dst(self, moment: datetime | None, /) -> None:
        """Not known."""

    def tzname(self, moment: datetime | None, /) -> str:
        """What the file calls it."""
        return self._name


def described(name: str, lines: str, since: datetime, until: datetime, meter: Meter) -> Described:
    """The zone of a VTIMEZONE, true between two times (naive) and some way around. Raises BadEvent, Unreadable."""
    changes: dict[datetime, tuple[timedelta, timedelta]] = {}
    try:
        # Not as VTIMEZONE, which the package would keep for all files that come after.
        parts = Component.from_ical(f"BEGIN:X-ZONE\r\n{lines}END:X-ZONE\r\n").subcomponents
    except ValueError as fault:
        raise BadEvent(str(fault)[:200]) from None
    for part in parts:
        before, after = _offset(part, "TZOFFSETFROM"), _offset(part, "TZOFFSETTO")
        for wall in _onsets(part, timezone(before), since - AROUND, until + AROUND, meter):
            changes[wall - before] = before, after
    if not changes:
        raise BadEvent("it has neither STANDARD nor DAYLIGHT.")
    ordered = sorted(changes.items())
    return Described(name, ordered[0][1][0], [(when, after) for when, (_, after) in ordered])


def name_in(lines: str) -> str:
    """The TZID of a VTIMEZONE."""
    found = re.search(r"^TZID[^:\r]*:([^\r]*)", lines, re.MULTILINE | re.IGNORECASE)
    return found[1].strip() if found else ""


def named(name: str) -> ZoneInfo | None:
    """The zone that the world calls so, or Windows does."""
    try:
        return zone_of(WINDOWS_TO_OLSON.get(name, name))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
        return None


def found_in(own: Mapping[str, Described]) -> Callable[[str], tzinfo | None]:
    """What finds a zone by its name: the world's, or the file's own, or, as some programs put the name of a company before
    it, the world's of what comes last ("/example.org/Europe/Berlin")."""

    def find(name: str) -> tzinfo | None:
        pieces = name.strip("/").split("/")
        last = ("/".join(pieces[-count:]) for count in (3, 2)) if name.startswith("/") else ()
        return named(name) or own.get(name) or next(filter(None, map(named, last)), None)

    return find


def _onsets(part: Component, zone: tzinfo, begin: datetime, end: datetime, meter: Meter) -> Iterator[datetime]:
    """When the clocks come to show this, by how they stood before, which is `zone`."""
    start = getattr(part.get("DTSTART"), "dt", None)
    if not isinstance(start, datetime):
        raise BadEvent("DTSTART of STANDARD or DAYLIGHT is missing, or is no time.")
    first = wall_of(start, zone)
    yield first
    for moment in moments_in(part, "RDATE"):
        yield wall_of(moment, zone)
    rule: Any = part.get("RRULE")
    if rule is None:
        return
    if isinstance(rule, vRecur) and "UNTIL" in rule:  # the last of a rule that is over still holds
        begin = min(begin, wall_of(rule["UNTIL"][0], zone) - AROUND)
    yield from repeated(rule, first, zone, begin, end, meter)


def _offset(part: Component, name: str) -> timedelta:
    offset = getattr(part.get(name), "td", None)
    if not isinstance(offset, timedelta) or abs(offset) >= timedelta(days=1):
        raise BadEvent(f"{name} is missing, or is no offset.")
    return offset
