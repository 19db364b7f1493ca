"""Times as people write and read them: "Sunday 02:00", "tomorrow 18:00", in a zone, to an instant and back. Pure."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches

from msgspec import Struct

from watchbill.engine.duty import spoken
from watchbill.engine.duty.spoken import abbreviation
from watchbill.engine.duty.walls import first, instant_of, last, moment_of, wall_at, zone_of

FORMS = 'Write it as "18:00", "tomorrow 18:00", "Sunday 02:00", "2026-12-01 18:00", "2026-12-01T18:00+01:00" or "now".'

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NEAR_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_OFFSET = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)? ?(Z|[+-]\d{2}:?\d{2})\Z", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_TIME = re.compile(r"(\d{1,2}):(\d{2})\Z")
_AHEAD = 8  # days; a weekday comes back by then, even when its time today is over
LONGEST_QUOTE = 60


class Unclear(ValueError):
    """The text is no time. The message is for people and says what would do."""


class When(Struct, frozen=True):
    """An instant. `at`: in UTC. `told`: what was made of a time that the clock leaves out or shows twice, in a sentence;
    else empty."""

    at: datetime
    told: str = ""


def parse_when(text: str, *, zone: str, now: datetime, after: datetime | None = None) -> When:
    """The instant that somebody means. Raises Unclear.

    `zone`: IANA name, where the clock hangs unless the text has an offset. `now`: aware; "today" and "tomorrow" are
    reckoned from it. A time or a weekday alone is the next one: from `now` on, or, with `after`, later than that.
    """
    words = " ".join(text.split())
    if words.casefold() == "now":
        return When(now.astimezone(UTC))
    if _OFFSET.match(words):
        return When(_with_offset(words))
    on_the_wall = zone_of(zone)
    day, clock = _split(words)
    minutes = _minutes(clock, words) if clock else 0
    if day and day not in _WEEKDAYS:
        today = wall_at(instant_of(now), on_the_wall).date()
        chosen = today + timedelta(days=_NEAR_DAYS[day]) if day in _NEAR_DAYS else _date(day, words)
        return _at(_wall(chosen, minutes, words), zone)
    from_ = now if after is None else after
    for wall in _walls(day, minutes, wall_at(instant_of(from_), on_the_wall).date()):
        for at, told in _meanings(wall, zone):
            if at > from_ or (after is None and at == from_):
                return When(at, told)
    raise Unclear(f"{_quoted(words)} does not come within {_AHEAD} days in {zone}.")


def shown(at: datetime, zone: str) -> str:
    """`Tue 2026-12-01 18:00 CET`. `at`: aware. `zone`: IANA name."""
    return spoken.moment(instant_of(at), zone)


def shown_span(since: datetime, until: datetime, zone: str) -> str:
    """`Tue 2026-12-01 18:00–22:00 CET`; the second day and the first zone's name only where they differ."""
    return spoken.stretch(instant_of(since), instant_of(until), zone)


def _with_offset(words: str) -> datetime:
    try:
        return datetime.fromisoformat(
            words.upper().replace(" +", "+").replace(" -", "-").replace(" Z", "Z")
        ).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise Unclear(f"{_quoted(words)} is no time: {fault}.") from None


def _split(words: str) -> tuple[str, str]:
    """The day and the time, either of which may be empty, but not both."""
    if re.match(r"\d{4}-\d{2}-\d{2}[Tt]", words):
        words = f"{words[:10]} {words[11:]}"
    parts = words.casefold().split(" ")
    if len(parts) > 2 or not words:
        raise Unclear(f"{_quoted(words)} is no time. {FORMS}")
    if len(parts) == 1 and ":" in parts[0]:
        return "", parts[0]
    day = _day(parts[0], words)
    return day, parts[1] if len(parts) == 2 else ""


def _day(word: str, words: str) -> str:
    if word in _NEAR_DAYS or _DATE.match(word):
        return word
    if len(word) >= 3 and (found := [day for day in _WEEKDAYS if day.startswith(word)]):
        return found[0]
    near = get_close_matches(word, [*_WEEKDAYS, *_NEAR_DAYS], n=1)
    meant = f" Did you mean {near[0].capitalize() if near[0] in _WEEKDAYS else near[0]}?" if near else ""
    raise Unclear(f"{_quoted(words)} is no time.{meant} {FORMS}")


def _minutes(clock: str, words: str) -> int:
    """Minutes after midnight; 24:00 is the end of the day."""
    found = _TIME.match(clock)
    if found is None:
        raise Unclear(f"{_quoted(words)} is no time. {FORMS}")
    hour, minute = int(found[1]), int(found[2])
    if minute > 59 or hour * 60 + minute > 24 * 60:
        raise Unclear(f"{_quoted(clock)} is on no clock; hours go from 00:00 to 24:00.")
    return hour * 60 + minute


def _date(day: str, words: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError as fault:
        raise Unclear(f"{_quoted(words)} is no time: {fault}.") from None


def _wall(day: date, minutes: int, words: str) -> datetime:
    try:
        wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    except OverflowError:
        raise Unclear(f"{_quoted(words)} is past the end of the calendar.") from None
    if not 1970 < wall.year < 9000:
        raise Unclear(f"{_quoted(words)} is in a year that no schedule reaches.")
    return wall


def _walls(weekday: str, minutes: int, today: date) -> Iterator[datetime]:
    """What the clock may show, on the days from yesterday on: the end of yesterday, 24:00, may be still to come."""
    for days in range(-1, _AHEAD):
        day = today + timedelta(days=days)
        if not weekday or day.weekday() == _WEEKDAYS.index(weekday):
            yield datetime.combine(day, time()) + timedelta(minutes=minutes)


def _at(wall: datetime, zone: str) -> When:
    at, told = next(_meanings(wall, zone))
    return When(at, told)


def _meanings(wall: datetime, zone: str) -> Iterator[tuple[datetime, str]]:
    """The instants at which the clock shows `wall`, with what is to be said of them; the first first."""
    on_the_wall = zone_of(zone)
    one, other = first(wall, on_the_wall), last(wall, on_the_wall)
    if one != other:
        early, late = (moment_of(each).astimezone(on_the_wall) for each in (one, other))
        twice = f"{wall:%H:%M} comes twice on {wall:%Y-%m-%d} in {zone}"
        yield (
            moment_of(one),
            f"{twice}; the first is meant, {abbreviation(early)}. For the second write {late.isoformat()}.",
        )
        yield moment_of(other), f"{twice}; the second is meant, {abbreviation(late)}, since the first is over."
        return
    told = ""
    if (there := wall_at(one, on_the_wall)) != wall:
        day = "" if there.date() == wall.date() else f"{there:%Y-%m-%d} "
        told = f"{wall:%H:%M} does not exist on {wall:%Y-%m-%d} in {zone}; {day}{there:%H:%M} is meant."
    yield moment_of(one), told


def _quoted(words: str) -> str:
    return repr(words if len(words) <= LONGEST_QUOTE else f"{words[:LONGEST_QUOTE]}…")
