"""Who is on duty, decided for one minute after another and from first principles, to hold the calculation against.

It shares no code with the calculation, and works the other way round: it never asks at which instant a clock shows some
time, it only reads the clock at every instant. From that it notes three things. `shows`: what the clock shows. `latest`: the
latest time that it has shown so far; a hand-off has happened once the clock has shown its time or a later one, so what is
shown twice happens once and what is skipped has happened. `lowest_after`: the lowest time it shows later on; hours of duty
are not over while the clock still has to come to their end.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from watchbill.engine.duty.schedule import (
    DAY,
    WEEK,
    Edition,
    HandOff,
    Hours,
    Override,
    OverrideKind,
    Rotation,
    Schedule,
    Unit,
)

MARGIN = 2 * 86_400  # seconds; no zone ever set its clocks by more than a day
EPOCH = date(1970, 1, 1).toordinal()


class On(NamedTuple):
    """Somebody on duty at a minute, with what a Shift says of it."""

    person: int
    source: str
    shadow: bool
    rotation: int
    override: int


class Minute(NamedTuple):
    """What is true at a minute. `reasons`: everything that can have made it a gap."""

    on: frozenset[On]
    wanted: bool
    reasons: frozenset[str]

    @property
    def is_gap(self) -> bool:
        return self.wanted and not any(not one.shadow for one in self.on)


class Face(NamedTuple):
    """A clock at an instant; walls are minutes since 1970, as the clock shows them."""

    shows: int
    latest: int
    lowest_after: int


@lru_cache(maxsize=4096)
def faces(zone: str, since: int, until: int, step: int) -> dict[int, Face]:
    """The clock of a zone at every `step` seconds between two instants."""
    instants = range(since - MARGIN, until + MARGIN, step)
    shows = [_shown(instant, zone) for instant in instants]
    latest = list(accumulate(shows, max))
    lowest_from = list(accumulate(reversed(shows), min))[::-1]
    found = zip(instants, shows, latest, lowest_from[1:], strict=False)
    return {at: Face(*face) for at, *face in found if since <= at < until}


def _shown(instant: int, zone: str) -> int:
    clock = datetime.fromtimestamp(instant, ZoneInfo(zone))
    return (clock.toordinal() - EPOCH) * DAY + clock.hour * 60 + clock.minute


def walk(schedule: Schedule, since: int, until: int, step: int = 60) -> Iterator[tuple[int, Minute]]:
    """Each instant between two, `step` seconds apart, and what is true then. Everything that the schedule names has to be
    a multiple of `step`."""
    zones = {schedule.zone, *(edition.zone for rotation in schedule.rotations for edition in rotation.editions)}
    clocks = {zone: faces(zone, since, until, step) for zone in zones}
    for at in range(since, until, step):
        yield at, minute(schedule, at, {zone: clock[at] for zone, clock in clocks.items()})


def minute(schedule: Schedule, at: int, clocks: dict[str, Face]) -> Minute:
    reasons: set[str] = set()
    everybody: list[On] = []
    for rotation in schedule.rotations:
        on = of_rotation(rotation, at, clocks)
        for override in sorted(schedule.overrides, key=lambda one: one.id):
            if override.rotation == rotation.id and override.since <= at < override.until and limits_hold(rotation, at):
                on = overridden(on, override, schedule, at, reasons)
        everybody += on
    for override in sorted(schedule.overrides, key=lambda one: one.id):
        if override.rotation == 0 and override.since <= at < override.until:
            everybody = overridden(everybody, override, schedule, at, reasons)
    for one in everybody:
        if one.person in schedule.gone and not one.shadow:
            reasons.add(f"it is the turn of {schedule.names[one.person]}, who has left")
    there = frozenset(one for one in everybody if one.person not in schedule.gone)
    wanted = within(schedule.hours, clocks[schedule.zone]) and (schedule.since is None or schedule.since <= at)
    return Minute(there, wanted, frozenset(reasons))


def limits_hold(rotation: Rotation, at: int) -> bool:
    begun = rotation.starts is None or rotation.starts <= at
    return begun and (rotation.ends is None or at < rotation.ends)


def of_rotation(rotation: Rotation, at: int, clocks: dict[str, Face]) -> list[On]:
    if not limits_hold(rotation, at):
        return []
    if rotation.fixed is not None:
        source = f"the calendar of rotation {rotation.name}"
        there = [person for one in rotation.fixed if one.since <= at < one.until for person in one.people]
        return [On(person, source, rotation.shadow, rotation.id, 0) for person in there]
    edition = in_force(rotation.editions, at)
    if edition is None or not within(edition.hours, clocks[edition.zone]):
        return []
    source = f"rotation {rotation.name}"
    on = [On(person, f"shadow in {source}", True, rotation.id, 0) for person in edition.shadows]
    if edition.order:
        turn = turn_of(edition.hand_off, clocks[edition.zone].latest)
        slot = edition.order[(edition.first + turn) % len(edition.order)]
        on += [On(person, source, rotation.shadow, rotation.id, 0) for person in slot]
    return on


def in_force(editions: tuple[Edition, ...], at: int) -> Edition | None:
    """The last that has begun; the first also before it begins."""
    begun = [edition for edition in editions if edition.since <= at]
    return begun[-1] if begun else None


def within(hours: tuple[Hours, ...], clock: Face) -> bool:
    """Whether some window of some week has begun and is not over. 1970 began on a Thursday."""
    thursday = clock.latest // WEEK * WEEK
    begins = [(thursday + 4 * DAY + week * WEEK + one.begins, one.length) for week in range(-3, 2) for one in hours]
    return not hours or any(
        begin <= clock.latest and (clock.shows < begin + length or clock.lowest_after <= begin + length)
        for begin, length in begins
    )


def turn_of(rule: HandOff, wall: int) -> int:
    """The turn when `wall` is the latest time that was shown."""
    day, clock = divmod(wall, DAY)
    if rule.unit is Unit.HOUR:
        return (wall - (rule.anchor.toordinal() - EPOCH) * DAY - rule.at) // (rule.every * 60)
    return counted(rule, day if clock >= rule.at else day - 1)


@lru_cache(maxsize=65536)
def counted(rule: HandOff, day: int) -> int:
    """The turn after the hand-off of a day (of 1970's): hand-offs are counted day by day, from the period of the anchor."""
    zero = rule.anchor.toordinal() - EPOCH
    if rule.unit is Unit.WEEK:
        zero -= rule.anchor.weekday()
    if rule.unit is Unit.MONTH:
        zero -= rule.anchor.day - 1
    if day >= zero:
        return sum(hands_off_on(rule, date.fromordinal(EPOCH + one)) for one in range(zero, day + 1)) - 1
    return -sum(hands_off_on(rule, date.fromordinal(EPOCH + one)) for one in range(day + 1, zero)) - 1


def hands_off_on(rule: HandOff, day: date) -> bool:
    if rule.unit is Unit.DAY:
        return (day - rule.anchor).days % rule.every == 0
    if rule.unit is Unit.WEEK:
        mondays = (day.toordinal() - day.weekday()) - (rule.anchor.toordinal() - rule.anchor.weekday())
        return day.weekday() in rule.weekdays and mondays // 7 % rule.every == 0
    months = (day.year - rule.anchor.year) * 12 + day.month - rule.anchor.month
    return months % rule.every == 0 and day.day == min(rule.day, monthrange(day.year, day.month)[1])


def overridden(on: list[On], override: Override, schedule: Schedule, at: int, reasons: set[str]) -> list[On]:
    """The same people with one override laid over them; shadows stay."""
    source = words(override, schedule)
    new = On(override.person, source, False, override.rotation, override.id)
    shadows = [one for one in on if one.shadow]
    paged = [one for one in on if not one.shadow]
    others = [one for one in paged if one.person != override.instead_of]
    if override.kind is OverrideKind.ADD:
        return on if new.person in {one.person for one in paged} else [*on, new]
    if override.kind is OverrideKind.REMOVE:
        if others != paged:
            reasons.add(f"{source} takes {schedule.names[override.instead_of]} off duty")
        return shadows + others
    if override.kind is OverrideKind.REPLACE:
        unneeded = others == paged or new.person in {one.person for one in others}
        return shadows + others + ([] if unneeded else [new])
    if override.kind is OverrideKind.TAKE:
        return [*shadows, new]
    reasons.add(f"{source} has nobody then")
    there = [person for one in override.shifts if one.since <= at < one.until for person in one.people]
    return shadows + [new._replace(person=person) for person in there]


def words(override: Override, schedule: Schedule) -> str:
    after = f" ({override.note})" if override.note else ""
    if override.cover:
        return f"cover for {schedule.names[override.instead_of]}{after}"
    kind = "temporary schedule" if override.kind is OverrideKind.WHOLE else "override"
    return kind + (f" by {override.by}" if override.by else "") + after


def runs(walked: list[tuple[int, Minute]], step: int) -> list[tuple[datetime, datetime, On]]:
    """Shifts, of a walk: for everybody on duty from each source, stretches as long as they can be; by their beginning."""
    found: list[tuple[datetime, datetime, On]] = []
    begun: dict[On, int] = {}
    end = walked[-1][0] + step
    for at, now in [*walked, (end, Minute(frozenset(), False, frozenset()))]:
        for one in begun.keys() - now.on:
            found.append((utc(begun.pop(one)), utc(at), one))
        for one in now.on - begun.keys():
            begun[one] = at
    return sorted(found)


def gaps(walked: list[tuple[int, Minute]], step: int) -> list[tuple[datetime, datetime, set[str]]]:
    """Gaps, of a walk, each with everything that can be said to have made it."""
    found: list[tuple[int, int, set[str]]] = []
    for at, now in walked:
        if not now.is_gap:
            continue
        if found and found[-1][1] == at:
            begin, _, reasons = found.pop()
        else:
            begin, reasons = at, set()
        found.append((begin, at + step, reasons | now.reasons))
    return [(utc(begin), utc(end), reasons) for begin, end, reasons in found]


def utc(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
