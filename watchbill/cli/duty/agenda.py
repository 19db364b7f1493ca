"""A timeline cut into the days of a zone, as a terminal shows it. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

from watchbill.engine.duty.schedule import DAY
from watchbill.engine.duty.shifts import Timeline
from watchbill.engine.duty.spoken import abbreviation
from watchbill.engine.duty.walls import first, instant_of, last, moment_of, zone_of

MIDNIGHT = datetime.min.time()


class What(StrEnum):
    """What a line of a day tells."""

    SHIFT = "shift"
    OVERRIDE = "override"
    SHADOW = "shadow"
    GAP = "gap"


class Line(Struct, frozen=True):
    """One line: what of a shift or a gap lies in one day. `time`: `18:00–22:00`, `09:00 →`, `→ 09:00` or `all day`.
    `override`: number, or 0. `starts_day`, `ends_day`: whether it reaches from the day's beginning, and to its end."""

    what: What
    since: datetime
    until: datetime
    time: str
    person: int
    source: str
    override: int
    starts_day: bool
    ends_day: bool


class Day(Struct, frozen=True):
    """A day of the zone. `clocks`: what its clock does, in words; empty on a day of 24 hours. `lines`: by their beginning,
    shadows last."""

    date: date
    since: datetime
    until: datetime
    clocks: str
    lines: tuple[Line, ...]

    @property
    def hours(self) -> float:
        """How long it is."""
        return (self.until - self.since) / timedelta(hours=1)


class _Entry(Struct, frozen=True):
    what: What
    since: datetime
    until: datetime
    person: int
    source: str
    override: int = 0


def midnight(day: date, zone: str) -> datetime:
    """When a day begins, in UTC."""
    return moment_of(first(datetime.combine(day, MIDNIGHT), zone_of(zone)))


def days(timeline: Timeline, zone: str, first_day: date, count: int) -> list[Day]:
    """So many days from the first one on."""
    entries = list(_entries(timeline))
    return [_day(first_day + timedelta(days=number), zone, entries) for number in range(count)]


def clock(at: datetime, zone: str) -> str:
    """`18:00`, and the zone's name where the clock shows that time twice."""
    local = at.astimezone(zone_of(zone))
    wall = local.replace(tzinfo=None, fold=0)
    twice = first(wall.replace(microsecond=0), zone_of(zone)) != last(wall.replace(microsecond=0), zone_of(zone))
    return f"{local:%H:%M}{f' {abbreviation(local)}' if twice else ''}"


def cells(line: Line, zone: str, many: int) -> tuple[int, int]:
    """Which cells of a bar of so many for a day, by its clock, the line fills: from, and until just before; at least one."""
    begins = 0 if line.starts_day else _minutes(line.since, zone) * many // DAY
    ends = many if line.ends_day else -(-_minutes(line.until, zone) * many // DAY)
    return begins, max(begins + 1, ends)


def _minutes(at: datetime, zone: str) -> int:
    local = at.astimezone(zone_of(zone))
    return local.hour * 60 + local.minute


def _entries(timeline: Timeline) -> Iterator[_Entry]:
    for shift in timeline.shifts:
        what = What.SHADOW if shift.shadow else What.OVERRIDE if shift.override else What.SHIFT
        yield _Entry(what, shift.since, shift.until, shift.person, shift.source, shift.override)
    for gap in timeline.gaps:
        yield _Entry(What.GAP, gap.since, gap.until, 0, gap.why)


def _day(day: date, zone: str, entries: Iterable[_Entry]) -> Day:
    since, until = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    lines = [_line(entry, since, until, zone) for entry in entries if entry.since < until and since < entry.until]
    lines.sort(key=lambda line: (line.what is What.SHADOW, line.since))
    return Day(day, since, until, _clocks(since, until, zone), tuple(lines))


def _line(entry: _Entry, since: datetime, until: datetime, zone: str) -> Line:
    return Line(
        entry.what,
        max(entry.since, since),
        min(entry.until, until),
        _time(entry, since, until, zone),
        entry.person,
        entry.source,
        entry.override,
        entry.since <= since,
        entry.until >= until,
    )


def _time(entry: _Entry, since: datetime, until: datetime, zone: str) -> str:
    """An arrow where it comes from the day before, or goes on into the next."""
    before, after = entry.since < since, entry.until > until
    if entry.since <= since and entry.until >= until:
        return "all day"
    if before:
        return f"→ {clock(entry.until, zone)}"
    if after:
        return f"{clock(entry.since, zone)} →"
    end = "24:00" if entry.until == until else clock(entry.until, zone)
    return f"{clock(entry.since, zone)}–{end}"


def _clocks(since: datetime, until: datetime, zone: str) -> str:
    """`25 h: at 03:00 CEST the clock goes back to 02:00 CET`."""
    hours = (until - since) / timedelta(hours=1)
    if hours == 24:
        return ""
    if not hours:
        return f"this day does not exist in {zone}"
    at = _changes_at(instant_of(since), instant_of(until), zone_of(zone))
    before = moment_of(at - 1).astimezone(zone_of(zone))
    after = moment_of(at).astimezone(zone_of(zone))
    goes = "back" if hours > 24 else "forward"
    shows = f"{before + timedelta(seconds=1):%H:%M} {abbreviation(before)}"
    return f"{hours:g} h: at {shows} the clock goes {goes} to {after:%H:%M} {abbreviation(after)}"


def _changes_at(low: int, high: int, zone: ZoneInfo) -> int:
    """The instant between two at which the offset changes, once."""
    was = moment_of(low).astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if moment_of(middle).astimezone(zone).utcoffset() == was:
            low = middle
        else:
            high = middle
    return high
