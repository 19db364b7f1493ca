"""What a change moves: who gains and who loses which hours."""

from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from watchbill.engine.duty.moves import Move, moves
from watchbill.engine.duty.schedule import Edition, HandOff, Override, OverrideKind, Rotation, Schedule, Unit
from watchbill.engine.duty.shifts import shifts
from watchbill.engine.duty.walls import instant_of

NOBODY, ANA, BO = 0, 1, 2
DAILY = HandOff(Unit.DAY, date(2026, 11, 2), at=0)
SCHEDULE = Schedule(
    1,
    "Primary",
    1,
    "UTC",
    (Rotation(1, "daily", (Edition(0, "UTC", DAILY, ((ANA,), (BO,))),)),),
    names={1: "Ana", 2: "Bo"},
)
SINCE = datetime(2026, 11, 2, tzinfo=UTC)


def at(hours: float) -> datetime:
    return SINCE + timedelta(hours=hours)


def moved(*overrides: Override) -> list[Move]:
    before = shifts(SCHEDULE, SINCE, at(72))
    return list(moves(before, shifts(replace(SCHEDULE, overrides=overrides), SINCE, at(72))))


def override(kind: OverrideKind, since: float, until: float, **rest) -> Override:
    return Override(1, kind, instant_of(at(since)), instant_of(at(until)), **rest)


def test_nothing_moves_where_nothing_changes():
    assert moved() == []


def test_cover_moves_hours_from_one_to_the_other():
    found = moved(override(OverrideKind.REPLACE, 18, 22, person=BO, instead_of=ANA))
    assert found == [Move(ANA, at(18), at(22), False), Move(BO, at(18), at(22), True)]


def test_it_moves_only_the_hours_in_which_the_one_had_duty():
    found = moved(override(OverrideKind.REPLACE, 18, 30, person=BO, instead_of=ANA))
    assert found == [Move(ANA, at(18), at(24), False), Move(BO, at(18), at(24), True)]


def test_what_is_taken_off_is_a_gap_that_nobody_gains():
    found = moved(override(OverrideKind.REMOVE, 0, 2, instead_of=ANA))
    assert found == [Move(ANA, at(0), at(2), False), Move(NOBODY, at(0), at(2), True)]


def test_another_source_of_the_same_duty_is_no_move():
    assert moved(override(OverrideKind.TAKE, 0, 24, person=ANA)) == []
