"""What a change of a schedule would do: who gains and who loses which duty, and what somebody should look at. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from watchbill.engine.duty.hours import Stretch, merged, without
from watchbill.engine.duty.moves import Move, moves
from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.duty.shifts import NOBODY_PLANNED, Gap, Timeline, shifts
from watchbill.engine.duty.walls import instant_of, moment_of
from watchbill.engine.notification import reachable
from watchbill.oncall.ground import Ground
from watchbill.oncall.when import shown, shown_span

REST = timedelta(hours=12)
AHEAD = timedelta(days=366)


class Care(StrEnum):
    """What may be amiss with a change that is otherwise good."""

    GAP = "gap"
    FEWER = "fewer"
    DOUBLE = "double"
    SHORT_REST = "short_rest"
    UNREACHABLE = "unreachable"


class Caution(Struct, frozen=True):
    """`person`: id, 0 for nobody. `since`, `until`: when. `sentence`: for people."""

    care: Care
    person: int
    since: datetime
    until: datetime
    sentence: str


class Preview(Struct, frozen=True):
    """What changes in one schedule between `since` and `until`. Both tuples by their beginning."""

    schedule: int
    since: datetime
    until: datetime
    moves: tuple[Move, ...]
    cautions: tuple[Caution, ...]


def foresee(ground: Ground, after: Schedule, since: datetime, until: datetime) -> Preview:
    """What it would do to have a schedule as `after` in place of what it is now, which differs only in this time."""
    before = shifts(ground.schedules[after.id], since, until)
    then = shifts(after, since, until)
    moved = moves(before, then)
    gained = _gained(moved)
    cautions = [
        *_gaps(moved, then.gaps, after.zone),
        *_fewer(ground, after, moved),
        *_doubles(ground, after, before, then, gained),
        *_short_rests(ground, after, gained),
        *_unreachable(ground, after, gained),
    ]
    return Preview(after.id, since, until, moved, tuple(sorted(cautions, key=lambda one: (one.since, one.care))))


def duty_of(person: int, schedule: Schedule, since: datetime, until: datetime, rotation: int = 0) -> list[Stretch]:
    """When a person is on duty in a schedule, or in one rotation of it: stretches in order, none touching the next. A shadow
    is not on duty."""
    return _spans(shifts(schedule, since, until), person, rotation) if since < until else []


def next_duty(person: int, schedules: Iterable[Schedule], since: datetime) -> tuple[str, datetime] | None:
    """In which schedule and when a person next is on duty from `since` on, within a year, or None."""
    begins = ((duty[0][0], one.name) for one in schedules if (duty := duty_of(person, one, since, since + AHEAD)))
    first = min(begins, default=None)
    return (first[1], moment_of(first[0])) if first is not None else None


def next_duty_told(name: str, person: int, schedules: tuple[Schedule, ...], since: datetime, zone: str) -> str:
    """The same as a sentence."""
    found = next_duty(person, schedules, since)
    if found is None:
        return f"{name} has no duty in the year after it either."
    return f"{name} next is on duty in {found[0]} from {shown(found[1], zone)}."


def _spans(timeline: Timeline, person: int, rotation: int = 0) -> list[Stretch]:
    return merged(_each(timeline, person, rotation))


def _each(timeline: Timeline, person: int, rotation: int = 0) -> Iterator[Stretch]:
    for shift in timeline.shifts:
        if shift.person == person and not shift.shadow and rotation in (0, shift.rotation):
            yield instant_of(shift.since), instant_of(shift.until)


def _gained(moved: tuple[Move, ...]) -> dict[int, list[Stretch]]:
    """What each person gains; both in order."""
    gained: dict[int, list[Stretch]] = {}
    for move in moved:
        if move.gains and move.person:
            gained.setdefault(move.person, []).append((instant_of(move.since), instant_of(move.until)))
    return gained


def _gaps(moved: tuple[Move, ...], gaps: tuple[Gap, ...], zone: str) -> Iterator[Caution]:
    for move in moved:
        if move.gains and not move.person:
            why = next((gap.why for gap in gaps if gap.since < move.until and move.since < gap.until), NOBODY_PLANNED)
            when = shown_span(move.since, move.until, zone)
            yield Caution(Care.GAP, 0, move.since, move.until, f"Nobody is on duty {when}: {why}.")


def _fewer(ground: Ground, after: Schedule, moved: tuple[Move, ...]) -> Iterator[Caution]:
    """Where somebody loses duty that nobody gains, though others have some: whoever was to stand in is on duty anyhow."""
    gained = merged((instant_of(move.since), instant_of(move.until)) for move in moved if move.gains)
    for move in moved:
        if move.gains or not move.person:
            continue
        for start, end in without([(instant_of(move.since), instant_of(move.until))], gained):
            since, until = moment_of(start), moment_of(end)
            when = shown_span(since, until, after.zone)
            sentence = f"Fewer are on duty {when}: nobody takes the place of {ground.name(move.person)}."
            yield Caution(Care.FEWER, move.person, since, until, sentence)


def _doubles(
    ground: Ground, after: Schedule, before: Timeline, then: Timeline, gained: dict[int, list[Stretch]]
) -> Iterator[Caution]:
    for person in {shift.person: None for shift in then.shifts}:
        for part in without(_twice(_each(then, person)), _twice(_each(before, person))):
            yield _double(ground, after, person, part, "by two rotations")
    for person, parts in gained.items():
        since, until = moment_of(parts[0][0]), moment_of(parts[-1][1])
        for other in ground.schedules_of(person):
            if other.id != after.id:
                free = without(parts, duty_of(person, other, since, until))
                for part in without(parts, free):
                    yield _double(ground, after, person, part, f"here and in {other.name}")


def _double(ground: Ground, schedule: Schedule, person: int, part: Stretch, how: str) -> Caution:
    since, until = moment_of(part[0]), moment_of(part[1])
    when = shown_span(since, until, schedule.zone)
    return Caution(Care.DOUBLE, person, since, until, f"{ground.name(person)} is on duty twice, {how}: {when}.")


def _twice(parts: Iterable[Stretch]) -> list[Stretch]:
    """Where these overlap each other."""
    found: list[Stretch] = []
    reached = 0
    for start, end in sorted(parts):
        if start < reached:
            found.append((start, min(end, reached)))
        reached = max(reached, end)
    return merged(found)


def _short_rests(ground: Ground, after: Schedule, gained: dict[int, list[Stretch]]) -> Iterator[Caution]:
    """Less than REST between what a person gains and the duty before or after it, in any schedule."""
    rest = int(REST.total_seconds())
    for person, parts in gained.items():
        since, until = moment_of(parts[0][0] - rest), moment_of(parts[-1][1] + rest)
        schedules = ground.schedules_of(person)
        duty = merged(stretch for one in schedules for stretch in duty_of(person, one, since, until))
        for start, end in parts:
            gone_before = max((stretch[1] for stretch in duty if stretch[1] <= start), default=start - rest)
            comes_after = min((stretch[0] for stretch in duty if stretch[0] >= end), default=end + rest)
            if gone_before == start and comes_after == end:
                continue  # it only fills a hole in what is one stretch anyhow
            for free, which in ((start - gone_before, "before"), (comes_after - end, "after")):
                if free < rest:
                    yield _short_rest(ground, after, person, (start, end), free, which)


def _short_rest(ground: Ground, schedule: Schedule, person: int, part: Stretch, free: int, which: str) -> Caution:
    since, until = moment_of(part[0]), moment_of(part[1])
    rest = f"only {_length(free)} of rest" if free else "no rest"
    own = "own duty before it" if which == "before" else "own duty after it"
    when = shown_span(since, until, schedule.zone)
    name = ground.name(person)
    return Caution(Care.SHORT_REST, person, since, until, f"{name} has {rest} between {when} and {own}.")


def _length(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return " ".join(filter(None, (f"{hours} h" if hours else "", f"{minutes} min" if minutes or not hours else "")))


def _unreachable(ground: Ground, after: Schedule, gained: dict[int, list[Stretch]]) -> Iterator[Caution]:
    for person, parts in gained.items():
        if not reachable(ground.people.get(person)):
            since, until = moment_of(parts[0][0]), moment_of(parts[-1][1])
            sentence = f"{ground.name(person)} has no way to be paged: no contact method is switched on."
            yield Caution(Care.UNREACHABLE, person, since, until, sentence)
