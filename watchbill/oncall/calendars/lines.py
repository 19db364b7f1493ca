"""From bytes to the lines of a calendar that say anything here; the rest costs nothing, however much of it there is."""

import re
import unicodedata
from collections.abc import Iterator

from msgspec import Struct

MOST_BYTES = 10 * 1024 * 1024
MOST_EVENTS = 20_000
MOST_LINE = 65_536  # characters of one line that are read; a list of dates has a hundredth
# What the icalendar package reads instead of TZID. It would look the name up by itself: it falls over the name of a folder
# of zones, guesses, and keeps what one file says for all files that come after.
ZONE = "X-ZONE"

_TIMES = frozenset(("DTSTART", "DTEND", "EXDATE", "RDATE", "RECURRENCE-ID"))
_OF_A_CHANGE = frozenset(("DTSTART", "RDATE", "RRULE", "TZOFFSETFROM", "TZOFFSETTO"))
_OF_AN_EVENT = frozenset(
    (
        "ATTENDEE", "BUSYSTATUS", "DTEND", "DTSTART", "DURATION", "EXDATE", "EXRULE", "RDATE", "RECURRENCE-ID", "RRULE",
        "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "UID", "X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS",
    )
)  # fmt: skip
# By the component that holds them.
_OF_INTEREST = {
    "VCALENDAR": frozenset(("X-WR-TIMEZONE",)),
    "VEVENT": _OF_AN_EVENT,
    "VTIMEZONE": frozenset(("TZID",)),
    "STANDARD": _OF_A_CHANGE,
    "DAYLIGHT": _OF_A_CHANGE,
}
_NAME = re.compile(r"[A-Za-z0-9-]+")
_ZONE = re.compile(r";\s*TZID\s*=", re.IGNORECASE)
_FOLD = re.compile(rb"\n[ \t]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Unreadable(ValueError):
    """Not a calendar that can be used at all; the message says why and what to do."""


class Lines(Struct, frozen=True):
    """What of a document says anything. `events`: calendars with their events. `zones`: each VTIMEZONE, without its first
    and last line."""

    events: str
    zones: tuple[str, ...]


def tidied(body: bytes) -> Lines:
    """A document as lines that the icalendar package reads: no folds, no control characters, one way to write an accent.
    Raises Unreadable for what is no calendar, is cut off, or is too much."""
    if len(body) > MOST_BYTES:
        raise Unreadable(f"The calendar has {len(body):,} bytes; {MOST_BYTES:,} are the most.")
    text = _CONTROLS.sub("", unicodedata.normalize("NFC", _decoded(body)))
    events: list[str] = []
    zones: list[list[str]] = []
    for path, line in _placed(text.split("\n")):
        if path[:2] == ("VCALENDAR", "VTIMEZONE"):
            if len(path) == 2 and line.startswith("BEGIN:"):
                zones.append([])
            elif len(path) > 2 or not line.startswith("END:"):
                zones[-1].append(line)
        elif path == ("VCALENDAR",) or path == ("VCALENDAR", "VEVENT"):
            events.append(line)
    return Lines(_joined(events), tuple(_joined(zone) for zone in zones))


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\r\n" for line in lines)


def _decoded(body: bytes) -> str:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        body = body.decode("utf-16", errors="replace").encode(errors="replace")
    # Unfolded as bytes, since some programs fold within a character.
    body = _FOLD.sub(b"", body.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "\n".join(_decoded_line(line) for line in body.split(b"\n"))


def _decoded_line(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def _placed(lines: list[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The lines that may matter, each with the components that hold it, from the outermost; BEGIN and END are within."""
    path: list[str] = []
    calendars = events = 0
    for line in lines:
        match = _NAME.match(line)
        name = match[0].upper() if match else ""
        if name not in ("BEGIN", "END"):
            if name in _OF_INTEREST.get(path[-1] if path else "", ()):
                yield tuple(path), _ZONE.sub(f";{ZONE}=", line[:MOST_LINE]) if name in _TIMES else line[:MOST_LINE]
            continue
        what = line[len(name) + 1 :][:100].strip().upper()
        if name == "BEGIN":
            path.append(what)
            calendars += what == "VCALENDAR"
            events += what == "VEVENT"
            if events > MOST_EVENTS:
                raise Unreadable(f"The calendar has more than {MOST_EVENTS:,} events. Publish the coming ones only.")
        elif not path or path[-1] != what:
            there = f"END:{path[-1]} is due" if path else "nothing has begun"
            raise Unreadable(f"The calendar cannot be read: it says END:{what} where {there}.")
        if what in _OF_INTEREST:
            yield tuple(path), f"{name}:{what}"
        if name == "END":
            path.pop()
    if not calendars:
        raise Unreadable("This is not iCalendar: it has no BEGIN:VCALENDAR. Give the address that ends in .ics.")
    if path:
        raise Unreadable(f"The calendar is cut off: END:{path[-1]} is missing. Fetch it again, or publish it again.")
