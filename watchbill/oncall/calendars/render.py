"""A feed of ours: shifts to iCalendar.

The frame and the escaping and folding of texts are the icalendar package's. Its components are not used for the shifts: a
year of a busy person is two thousand of them, which takes it two thirds of a second (bench/feed.py).
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Protocol

from icalendar import Calendar
from icalendar.parser import Contentline
from icalendar.prop import vText

from watchbill.engine.duty.shifts import Shift

PRODUCT = "-//Watchbill//Schedules//EN"
_END = b"END:VCALENDAR\r\n"


class Told(Protocol):
    """One event of a feed: a shift, and what it is called there."""

    @property
    def shift(self) -> Shift: ...
    @property
    def title(self) -> str: ...


def render(name: str, events: Iterable[Told], *, stamp: datetime) -> bytes:
    """The calendar called `name`. `stamp`: when it was made, aware; the same shifts and stamp give the same bytes. A shift
    keeps its UID while its person, its beginning and its source stay the same."""
    name = " ".join(name.split())
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", vText(name))
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    head: bytes = calendar.to_ical()
    stamped = _utc(stamp.astimezone(UTC))
    return b"".join((head.removesuffix(_END), *(_event(one, stamped) for one in events), _END))


def _event(one: Told, stamp: str) -> bytes:
    shift = one.shift
    # Two overrides by one person, of two rotations, may begin at once and have one source.
    where = f"{shift.rotation} {shift.override}"
    known = f"{one.title} {shift.person} {shift.since.timestamp()} {where} {shift.source}"
    uid = sha256(known.encode(errors="replace")).hexdigest()[:32]
    # A shadow is free to do something else; who is on duty is not.
    free, kind = ("TRANSPARENT", "Shadow") if shift.shadow else ("OPAQUE", "On duty")
    lines = (
        f"BEGIN:VEVENT\r\nUID:{uid}@watchbill\r\nDTSTAMP:{stamp}\r\nDTSTART:{_utc(shift.since)}\r\n"
        f"DTEND:{_utc(shift.until)}\r\nTRANSP:{free}\r\nCATEGORIES:{kind}\r\n"
    )
    return (
        lines.encode() + _line("SUMMARY", one.title) + _line("DESCRIPTION", f"From {shift.source}.") + b"END:VEVENT\r\n"
    )


@lru_cache(maxsize=1024)
def _line(name: str, text: str) -> bytes:
    """A property of text, escaped, folded and ended."""
    escaped = vText(text.encode(errors="replace").decode()).to_ical().decode()
    line = Contentline(f"{name}:{escaped}")  # type: ignore[no-untyped-call]  # icalendar has not annotated it
    return bytes(line.to_ical()) + b"\r\n"  # type: ignore[no-untyped-call]  # neither has it annotated this


def _utc(moment: datetime) -> str:
    # `strftime` takes four times as long. Every moment here is in UTC.
    return f"{moment.year:04}{moment.month:02}{moment.day:02}T{moment.hour:02}{moment.minute:02}{moment.second:02}Z"
