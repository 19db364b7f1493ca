"""A schedule as the rules see it: rotations with their hand-offs, hours of duty and people; overrides over them.

Instants are whole seconds since 1970 (UTC), since the calculation compares them by the thousand; what other chapters read
(`shifts.py`) has datetimes. Walls are what a clock on the wall of a zone shows.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

DAY = 24 * 60  # minutes
WEEK = 7 * DAY

# One place of an order: the people, by id, who have the turn together.
Slot = tuple[int, ...]


class Unit(StrEnum):
    """What the length of a turn is counted in, on the wall clock."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class HandOff(Struct, frozen=True):
    """When one turn ends and the next begins, in wall-clock time.

    `every`: units in a turn, >= 1. `at`: minutes after midnight, 0 to 1439; for hours, when turn 0 begins. `weekdays`:
    for weeks, on which days, 0 is Monday, ascending, at least one. `day`: for months, 1 to 31; a short month's last
    day stands in. `anchor`: the day on which turn 0 begins; for weeks and months, any day of the period in which it does.
    """

    unit: Unit
    anchor: date
    every: int = 1
    at: int = 9 * 60
    weekdays: tuple[int, ...] = (0,)
    day: int = 1


class Hours(Struct, frozen=True):
    """A window of duty in each week. `begins`: minutes after Monday 00:00, 0 to 10079. `length`: minutes on the wall
    clock, 1 to 10080; what passes midnight or the end of the week belongs to the day on which it begins."""

    begins: int
    length: int


class Edition(Struct, frozen=True):
    """What a rotation was set to from one instant on, until its next edition.

    `order`: whose turns follow each other. `first`: index in `order` of those who have turn 0 of `hand_off`. `hours`:
    windows of duty, empty for always. `shadows`: people by id who are told of everything and paged for nothing.
    """

    since: int
    zone: str
    hand_off: HandOff
    order: tuple[Slot, ...]
    first: int = 0
    hours: tuple[Hours, ...] = ()
    shadows: tuple[int, ...] = ()


class Fixed(Struct, frozen=True):
    """Time that somebody wrote down for people: an event of a team's calendar, a shift of a temporary schedule."""

    since: int
    until: int
    people: Slot


class Rotation(Struct, frozen=True):
    """A rotation of a schedule: `editions` in the order of their `since`, or, where it comes from a calendar, `fixed`. Before
    its first edition it has nobody on duty.

    `starts`, `ends`: instants between which it is in force, None for no limit. `shadow`: whether all its people are shadows.
    """

    id: int
    name: str
    editions: tuple[Edition, ...] = ()
    starts: int | None = None
    ends: int | None = None
    shadow: bool = False
    fixed: tuple[Fixed, ...] | None = None


class OverrideKind(StrEnum):
    """What an override does to those who are on duty."""

    ADD = "add"  # `person` is on duty too
    REMOVE = "remove"  # `instead_of` is off duty
    REPLACE = "replace"  # `person` has the duty of `instead_of`, wherever that one has any
    TAKE = "take"  # `person` is on duty alone, in gaps too
    WHOLE = "whole"  # a temporary schedule: `shifts` and nothing else


class Override(Struct, frozen=True):
    """A change to who is on duty, from `since` until just before `until`. Of two of one scope, the one with the higher `id` is
    laid over the other; those of the whole schedule lie over those of a rotation. `rotation`: id, or 0 for the whole
    schedule. `person`, `instead_of`: ids, 0 where the kind has none.
    `by`: the name of who made it. `cover`: whether it came of a cover request. `note`: why, may be empty."""

    id: int
    kind: OverrideKind
    since: int
    until: int
    person: int = 0
    instead_of: int = 0
    rotation: int = 0
    by: str = ""
    note: str = ""
    cover: bool = False
    shifts: tuple[Fixed, ...] = ()


class Schedule(Struct, frozen=True):
    """Who is on duty when. Everybody whom a rotation has on duty is on duty, all at once.

    `hours`: when somebody has to be on duty, in the schedule's own zone, empty for always; time without anybody is a gap
    only then. `overrides`: by id. `names`: of everybody in it, by id. `gone`: those who are not active any more; their
    turns are gaps. `team`: id of who looks after it. `since`: when it was made; before that nobody was missing.
    """

    id: int
    name: str
    team: int
    zone: str
    rotations: tuple[Rotation, ...] = ()
    overrides: tuple[Override, ...] = ()
    hours: tuple[Hours, ...] = ()
    names: Mapping[int, str] = MappingProxyType({})
    gone: frozenset[int] = frozenset()
    since: int | None = None
