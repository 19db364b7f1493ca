"""Whether an override may be made: what was asked for is held against the schedule, and refused by name. Pure."""

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from watchbill.engine.duty.schedule import Fixed, Override, OverrideKind, Schedule
from watchbill.engine.duty.walls import instant_of, moment_of
from watchbill.oncall.ground import Ground
from watchbill.oncall.preview import Preview, duty_of, foresee, next_duty_told
from watchbill.oncall.refusal import Refused
from watchbill.oncall.when import shown, shown_span

LONGEST = timedelta(days=366)
LONGEST_NOTE = 500
_WITH_PERSON = frozenset({OverrideKind.ADD, OverrideKind.REPLACE, OverrideKind.TAKE})
_TAKES_OFF = frozenset({OverrideKind.REMOVE, OverrideKind.REPLACE})
_ALONE = frozenset({OverrideKind.TAKE, OverrideKind.WHOLE})


class Wish(Struct, frozen=True):
    """An override that somebody asks for; see engine.duty.schedule.Override. `since`, `until`: aware; what of it is past is
    left as it was. Ids, 0 where the kind has none; `rotation`: 0 for the whole schedule."""

    schedule: int
    kind: OverrideKind
    since: datetime
    until: datetime
    person: int = 0
    instead_of: int = 0
    rotation: int = 0
    note: str = ""
    shifts: tuple[Fixed, ...] = ()


class Decided(Struct, frozen=True):
    """An override that may be made: from now on at the earliest, in whole seconds; and what it does."""

    wish: Wish
    preview: Preview


def decide(wish: Wish, ground: Ground, by: str = "") -> Decided:
    """What becomes of the wish. `by`: name of who asks. Raises Refused."""
    schedule = ground.schedule(wish.schedule)
    wish = _timed(wish, ground.now, schedule.zone)
    if wish.rotation:
        _check_rotation(wish, schedule)
    _check_people(wish, ground)
    if len(wish.note) > LONGEST_NOTE:
        raise Refused("note", f"The note has {len(wish.note)} characters; {LONGEST_NOTE} are the most.")
    if wish.kind is OverrideKind.WHOLE:
        _check_shifts(wish, ground, schedule.zone)
    _check_alone(wish, schedule, ground)
    if wish.kind in _TAKES_OFF:
        _check_has_duty(wish, schedule, ground)
    preview = foresee(ground, with_override(schedule, wish, by), wish.since, wish.until)
    if not preview.moves:
        raise Refused("since", f"It would change nothing in {schedule.name}: {_same(wish, ground)} then already.")
    return Decided(wish, preview)


def with_override(schedule: Schedule, wish: Wish, by: str = "", *, cover: bool = False) -> Schedule:
    """The schedule with the wish laid over everything else."""
    override = Override(
        id=max((one.id for one in schedule.overrides), default=0) + 1,
        kind=wish.kind,
        since=instant_of(wish.since),
        until=instant_of(wish.until),
        person=wish.person,
        instead_of=wish.instead_of,
        rotation=wish.rotation,
        by=by,
        note=wish.note,
        cover=cover,
        shifts=wish.shifts,
    )
    return replace(schedule, overrides=(*schedule.overrides, override))


def between(since: datetime, until: datetime, now: datetime, zone: str) -> tuple[datetime, datetime]:
    """The time that is still to come of what was asked for, in whole seconds. Raises Refused."""
    since, until = since.replace(microsecond=0), until.replace(microsecond=0)
    if until <= since:
        order = "when" if until == since else "before"
        raise Refused("until", f"It ends, {shown(until, zone)}, {order} it begins, {shown(since, zone)}.")
    if until <= now:
        raise Refused("until", f"It is in the past: it ended {shown(until, zone)}. What was is left as it was.")
    if until - since > LONGEST:
        days = (until - since).days
        raise Refused("until", f"It lasts {days} days; {LONGEST.days} are the most. Change the rotation instead.")
    return max(since, now), until


def _timed(wish: Wish, now: datetime, zone: str) -> Wish:
    since, until = between(wish.since, wish.until, now, zone)
    return replace(wish, since=since, until=until)


def _check_rotation(wish: Wish, schedule: Schedule) -> None:
    found = next((one for one in schedule.rotations if one.id == wish.rotation), None)
    if found is None:
        raise Refused("rotation", f"{schedule.name} has no rotation {wish.rotation}.", unknown=True)
    if found.ends is not None and found.ends <= instant_of(wish.since):
        ended = shown(moment_of(found.ends), schedule.zone)
        raise Refused("rotation", f"Rotation {found.name} is over by then: it ends {ended}.")
    if found.starts is not None and instant_of(wish.until) <= found.starts:
        starts = shown(moment_of(found.starts), schedule.zone)
        raise Refused("rotation", f"Rotation {found.name} has not begun by then: it begins {starts}.")
    if found.shadow:
        raise Refused("rotation", f"Rotation {found.name} is one of shadows, who are paged for nothing.")


def _check_people(wish: Wish, ground: Ground) -> None:
    for field, id_, needed in (
        ("person", wish.person, wish.kind in _WITH_PERSON),
        ("instead_of", wish.instead_of, wish.kind in _TAKES_OFF),
    ):
        if needed and not id_:
            what = "who is to be on duty" if field == "person" else "who is to be off duty"
            raise Refused(field, f"Say {what}.")
        if id_ and not needed:
            raise Refused(field, f"An override of kind {wish.kind} has no {field}.")
    if wish.shifts and wish.kind is not OverrideKind.WHOLE:
        raise Refused("shifts", f"An override of kind {wish.kind} has no shifts of its own.")
    if wish.person:
        ground.person(wish.person, "person")
    if wish.instead_of and wish.instead_of not in ground.people:
        raise Refused("instead_of", f"There is no person {wish.instead_of}.", unknown=True)
    if wish.person and wish.person == wish.instead_of:
        raise Refused("instead_of", f"{ground.name(wish.person)} cannot stand in for {ground.name(wish.person)}.")


def _check_shifts(wish: Wish, ground: Ground, zone: str) -> None:
    if not wish.shifts:
        raise Refused("shifts", "A temporary schedule needs at least one shift; else nobody is on duty.")
    for number, shift in enumerate(wish.shifts, 1):
        if not shift.people:
            raise Refused("shifts", f"Shift {number} has nobody in it.")
        if shift.until <= shift.since:
            raise Refused("shifts", f"Shift {number} ends before it has begun.")
        if shift.until <= instant_of(wish.since) or shift.since >= instant_of(wish.until):
            when = shown_span(wish.since, wish.until, zone)
            raise Refused("shifts", f"Shift {number} lies outside of the temporary schedule, {when}.")
        for person in shift.people:
            ground.person(person, "shifts")


def _check_alone(wish: Wish, schedule: Schedule, ground: Ground) -> None:
    """Of two that exclude each other, the second would silently undo the first."""
    for other in schedule.overrides:
        overlaps = other.since < instant_of(wish.until) and instant_of(wish.since) < other.until
        if not overlaps or other.rotation != wish.rotation:
            continue
        if wish.kind in _ALONE and other.kind in _ALONE:
            raise Refused("since", f"{_called(other, schedule.zone)} says already who is on duty. Take it back first.")
        if wish.kind in _TAKES_OFF and other.kind in _TAKES_OFF and wish.instead_of == other.instead_of:
            off = f"takes {ground.name(wish.instead_of)} off duty already"
            raise Refused("instead_of", f"{_called(other, schedule.zone)} {off}. Take it back first.")


def _called(override: Override, zone: str) -> str:
    by = f" by {override.by}" if override.by else ""
    when = shown_span(moment_of(override.since), moment_of(override.until), zone)
    return f"Override {override.id}{by}, {when},"


def _check_has_duty(wish: Wish, schedule: Schedule, ground: Ground) -> None:
    if duty_of(wish.instead_of, schedule, wish.since, wish.until, wish.rotation):
        return
    name = ground.name(wish.instead_of)
    when = shown_span(wish.since, wish.until, schedule.zone)
    scope = next((f"rotation {one.name} of " for one in schedule.rotations if one.id == wish.rotation), "")
    later = next_duty_told(name, wish.instead_of, (schedule,), wish.until, schedule.zone)
    raise Refused("instead_of", f"{name} has no duty in {scope}{schedule.name} at any time {when}. {later}")


def _same(wish: Wish, ground: Ground) -> str:
    if wish.kind is OverrideKind.WHOLE:
        return "the same people are on duty"
    alone = " alone" if wish.kind is OverrideKind.TAKE else ""
    return f"{ground.name(wish.person)} is on duty{alone}"
