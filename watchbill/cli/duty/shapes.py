"""What `--json` prints: one document a command. Times are RFC 3339, people are name and address."""

from datetime import datetime

from msgspec import Struct

from watchbill.cli.desk.reach import View
from watchbill.cli.desk.shapes import Person, person_of
from watchbill.engine.duty.moves import Move
from watchbill.engine.duty.shifts import Gap, Shift
from watchbill.oncall import covers
from watchbill.oncall.covers import Cover
from watchbill.oncall.festive import Holiday
from watchbill.oncall.ground import Ground
from watchbill.oncall.preview import Caution, Preview
from watchbill.oncall.queries import OverrideSeen


class Line(Struct, frozen=True):
    """One schedule of `schedule list --json`. `on_duty`: now. `next_gap`: in the coming 14 days, or null."""

    name: str
    team: str
    zone: str
    rotations: list[str]
    on_duty: list[Person]
    next_gap: datetime | None
    gaps: int


class Listed(Struct, frozen=True):
    """`schedule list --json`."""

    at: datetime
    schedules: list[Line]


class ShiftTold(Struct, frozen=True):
    """A shift. `rotation`: its name, or null. `override`: number, or null."""

    person: Person | None
    since: datetime
    until: datetime
    source: str
    shadow: bool
    rotation: str | None
    override: int | None


class OverrideTold(Struct, frozen=True, kw_only=True):
    """An override that is in force or to come. `rotation`: null for the whole schedule. `cover`: whether it came of a cover
    request."""

    number: int
    kind: str
    person: Person | None
    instead_of: Person | None
    rotation: str | None
    since: datetime
    until: datetime
    by: Person | None
    via: str
    note: str
    cover: bool


class CoverTold(Struct, frozen=True, kw_only=True):
    """A cover request. `schedule`: null for all. `state`: open, part taken, taken, needless, withdrawn or over. `sentence`: as
    people are told it, with times in `zone`. `left`: what may be taken."""

    number: int
    asker: Person | None
    schedule: str | None
    since: datetime
    until: datetime
    note: str
    state: str
    sentence: str
    zone: str
    taken: list["PartTold"]
    declined: list[Person]
    left: list["Span"]


class PartTold(Struct, frozen=True):
    """What somebody took."""

    person: Person | None
    since: datetime
    until: datetime


class Span(Struct, frozen=True):
    """A time, half-open."""

    since: datetime
    until: datetime


class CalendarTold(Struct, frozen=True):
    """A rotation's calendar that could not be read lately, or not all of it. `fault`: of the last try, empty when it went well.
    `fetched_at`: of the copy that is shown, null where there is none. `sentence`: as people are told."""

    rotation: str
    fault: str
    problems: list[str]
    fetched_at: datetime | None
    sentence: str


class Shown(Struct, frozen=True, kw_only=True):
    """`schedule show --json`. `short_or_long_days`: those whose clocks change, with their hours."""

    at: datetime
    schedule: str
    team: str
    zone: str
    since: datetime
    until: datetime
    shifts: list[ShiftTold]
    gaps: list[Gap]
    gap_seconds: int
    overrides: list[OverrideTold]
    cover: list[CoverTold]
    holidays: list[Holiday]
    short_or_long_days: dict[str, float]
    calendars: list[CalendarTold]


class MoveTold(Struct, frozen=True):
    """Time that somebody gains or loses; a person of null is nobody, whose gain is a gap."""

    person: Person | None
    since: datetime
    until: datetime
    gains: bool


class CautionTold(Struct, frozen=True):
    """`care`: gap, fewer, double, short_rest or unreachable."""

    care: str
    person: Person | None
    since: datetime
    until: datetime
    sentence: str


class Effect(Struct, frozen=True):
    """What changes in one schedule."""

    schedule: str
    since: datetime
    until: datetime
    moves: list[MoveTold]
    cautions: list[CautionTold]


class Changed(Struct, frozen=True, kw_only=True):
    """What a command did. `changed`: false for a dry run. `number`: of the override or the cover request, null for a dry run.
    `notes`: what was made of times that the clock leaves out or shows twice. `cover`: the request as it is then, or null."""

    changed: bool
    number: int | None
    sentence: str
    notes: list[str]
    effects: list[Effect]
    cover: CoverTold | None = None


def shift_told(shift: Shift, view: View, rotations: dict[int, str]) -> ShiftTold:
    """With names in place of ids."""
    person = person_of(view, shift.person)
    rotation = rotations.get(shift.rotation)
    return ShiftTold(person, shift.since, shift.until, shift.source, shift.shadow, rotation, shift.override or None)


def override_told(seen: OverrideSeen, view: View, rotations: dict[int, str]) -> OverrideTold:
    """With names in place of ids."""
    return OverrideTold(
        number=seen.id,
        kind=seen.kind,
        person=person_of(view, seen.person),
        instead_of=person_of(view, seen.instead_of),
        rotation=rotations.get(seen.rotation),
        since=seen.since,
        until=seen.until,
        by=person_of(view, seen.by),
        via=seen.via,
        note=seen.note,
        cover=seen.cover,
    )


def cover_told(cover: Cover, ground: Ground, view: View, zone: str) -> CoverTold:
    """With names in place of ids. `zone`: of the times in its sentence."""
    schedule = ground.schedules.get(cover.schedule)
    left = covers.moments(covers.left(cover, ground))
    return CoverTold(
        number=cover.id,
        asker=person_of(view, cover.asker),
        schedule=schedule.name if schedule else None,
        since=cover.since,
        until=cover.until,
        note=cover.note,
        state=covers.state_of(cover, ground),
        sentence=covers.in_words(cover, ground, zone),
        zone=zone,
        taken=[PartTold(person_of(view, one.person), one.since, one.until) for one in cover.taken],
        declined=[person for one in cover.declined if (person := person_of(view, one)) is not None],
        left=[Span(since, until) for since, until in left],
    )


def effect_of(preview: Preview, name: str, view: View) -> Effect:
    """With names in place of ids. `name`: of the schedule."""
    return Effect(
        name,
        preview.since,
        preview.until,
        [_move(one, view) for one in preview.moves],
        [_caution(one, view) for one in preview.cautions],
    )


def _move(move: Move, view: View) -> MoveTold:
    return MoveTold(person_of(view, move.person), move.since, move.until, move.gains)


def _caution(caution: Caution, view: View) -> CautionTold:
    person = person_of(view, caution.person)
    return CautionTold(caution.care, person, caution.since, caution.until, caution.sentence)
