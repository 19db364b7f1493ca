"""Random schedules, over a few days in which the clocks of some zone are set, or are not."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from hypothesis import strategies as st

from watchbill.engine.duty.schedule import (
    DAY,
    WEEK,
    Edition,
    Fixed,
    HandOff,
    Hours,
    Override,
    OverrideKind,
    Rotation,
    Schedule,
    Unit,
)

# Days on which the clocks of a zone are set, or the day is remarkable otherwise.
PLACES = [
    ("America/Chicago", date(2020, 3, 8)),
    ("America/Chicago", date(2020, 11, 1)),
    ("Europe/Berlin", date(2021, 3, 28)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Europe/Dublin", date(2023, 10, 29)),
    ("Australia/Lord_Howe", date(2022, 10, 2)),
    ("Australia/Lord_Howe", date(2023, 4, 2)),
    ("Antarctica/Troll", date(2021, 3, 28)),
    ("Antarctica/Troll", date(2021, 10, 31)),
    ("Africa/Casablanca", date(2025, 2, 23)),
    ("Africa/Casablanca", date(2025, 4, 6)),
    ("America/Havana", date(2024, 3, 10)),  # at midnight
    ("America/Havana", date(2024, 11, 3)),
    ("Africa/Cairo", date(2024, 10, 31)),  # from midnight back to the day before
    ("America/Nuuk", date(2023, 3, 25)),
    ("Pacific/Chatham", date(2020, 4, 5)),
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that is not there
    ("America/St_Johns", date(2010, 11, 7)),  # one minute past midnight
    ("Asia/Kathmandu", date(2021, 1, 1)),
    ("Etc/UTC", date(2024, 2, 29)),
]
ZONES = ["Etc/UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Berlin", "America/Chicago", "Pacific/Chatham"]
NAMES = {1: "Ana", 2: "Bo", 3: "Cy", 4: "Di"}

# Each strategy is made once: making them costs more than drawing from them.
from_to = lru_cache(maxsize=None)(st.integers)
one_of = lru_cache(maxsize=None)(st.sampled_from)


class World(NamedTuple):
    """A schedule and the time over which to look at it. Everything in both is a multiple of `step` seconds."""

    schedule: Schedule
    since: int
    until: int
    step: int


@st.composite
def worlds(draw, grain: int = 15, hours: int = 72) -> World:
    """`grain`: minutes; `hours`: how long a time at most."""
    zone, day = draw(one_of(tuple(PLACES)))
    noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())
    since = noon - hours * 1800 + grain * 60 * draw(from_to(-12 * 60 // grain, 12 * 60 // grain))
    until = since + grain * 60 * draw(from_to(1, hours * 60 // grain))
    return World(Drawn(draw, zone, day, since, until, grain).schedule(), since, until, grain * 60)


class Drawn:
    """Draws the parts of one world."""

    def __init__(
        self, draw: Callable[[st.SearchStrategy], Any], zone: str, day: date, since: int, until: int, grain: int
    ):
        self.draw = draw
        self.zones = (zone, zone, self.among(ZONES))
        self.day = day
        self.since = since
        self.until = until
        self.grain = grain

    def among(self, options: Sequence[Any]) -> Any:
        return self.draw(one_of(tuple(options)))

    def number(self, least: int, most: int) -> int:
        return self.draw(from_to(least, most))

    def few(self, make: Callable[[], Any], most: int) -> tuple[Any, ...]:
        return tuple(make() for _ in range(self.number(0, most)))

    def minutes(self, least: int, most: int) -> int:
        return self.grain * self.number(-(-least // self.grain), most // self.grain)

    def instant(self) -> int:
        """Within the world, or up to eight hours outside."""
        step, eight_hours = self.grain * 60, 8 * 60 // self.grain
        return self.since + step * self.number(-eight_hours, (self.until - self.since) // step + eight_hours)

    def stretch(self) -> tuple[int, int]:
        one, other = self.instant(), self.instant()
        return min(one, other), max(one, other)

    def slot(self) -> tuple[int, ...]:
        return self.among([(1,), (2,), (3,), (), (1, 2), (2, 4)])

    def schedule(self) -> Schedule:
        rotations = tuple(self.rotation(number + 1) for number in range(self.number(0, 3)))
        overrides = tuple(self.override(number + 1, len(rotations)) for number in range(self.number(0, 4)))
        gone = self.among([frozenset(), frozenset(), frozenset({2}), frozenset({1, 3})])
        return Schedule(1, "Primary", 1, self.zones[0], rotations, overrides, self.hours(), NAMES, gone, self.made())

    def made(self) -> int | None:
        return self.instant() if self.number(0, 3) == 3 else None

    def rotation(self, number: int) -> Rotation:
        name = self.among(["Day", "Night"])
        starts = self.instant() if self.number(0, 2) == 2 else None
        ends = self.instant() if self.number(0, 2) == 2 else None
        shadow = self.number(0, 5) == 5
        if self.number(0, 5) == 5:
            return Rotation(number, name, (), starts, ends, shadow, self.few(self.fixed, 3))
        begins = sorted(self.instant() for _ in range(self.number(1, 3)))
        begins[0] = self.among([0, 0, begins[0]])  # mostly it has been there for long
        return Rotation(number, name, tuple(map(self.edition, begins)), starts, ends, shadow)

    def edition(self, since: int) -> Edition:
        order = self.few(self.slot, 4)
        shadows = self.among([(), (), (), (4,), (1, 3)])
        return Edition(since, self.among(self.zones), self.hand_off(), order, self.number(0, 3), self.hours(), shadows)

    def hand_off(self) -> HandOff:
        unit = self.among(Unit)
        anchor = date.fromordinal(self.day.toordinal() + self.among([0, -1, -2, -3, -7, -40, -1500, 3, 30]))
        at = self.among([0, 30, 60, 90, 120, 150, 180, 540]) if self.number(0, 1) else self.minutes(0, DAY - 1)
        weekdays, day = (0,), 1
        if unit is Unit.WEEK:
            bits = self.number(1, 127)
            weekdays = tuple(weekday for weekday in range(7) if bits >> weekday & 1)
        if unit is Unit.MONTH:
            day = self.among([1, 2, 8, 28, 29, 30, 31, self.day.day])
        return HandOff(unit, anchor, self.among([1, 1, 2, 3, 12]), at, weekdays, day)

    def hours(self) -> tuple[Hours, ...]:
        """None, the same on every day, or windows wherever they fall."""
        kind = self.among(["always", "daily", "any"])
        if kind == "daily":
            begins, length = self.minutes(0, DAY - 1), self.minutes(1, DAY)
            return tuple(Hours(day * DAY + begins, length) for day in range(7))
        return self.few(self.window, 4) if kind == "any" else ()

    def window(self) -> Hours:
        return Hours(self.minutes(0, WEEK - 1), self.minutes(1, self.among([DAY, WEEK])))

    def fixed(self) -> Fixed:
        return Fixed(*self.stretch(), self.slot())

    def override(self, number: int, rotations: int) -> Override:
        kind = self.among(OverrideKind)
        since, until = self.stretch()
        person = self.among(NAMES) if kind in (OverrideKind.ADD, OverrideKind.REPLACE, OverrideKind.TAKE) else 0
        instead_of = self.among(NAMES) if kind in (OverrideKind.REMOVE, OverrideKind.REPLACE) else 0
        rotation = self.number(0, rotations)
        cover = kind is OverrideKind.REPLACE and self.number(0, 1) == 1
        shifts = self.few(self.fixed, 3) if kind is OverrideKind.WHOLE else ()
        note = self.among(["", "a concert"])
        return Override(number, kind, since, until, person, instead_of, rotation, "Ana", note, cover, shifts)
