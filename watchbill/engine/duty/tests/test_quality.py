"""Findings about schedules, and the score that they explain."""

from datetime import UTC, date, datetime, timedelta

from watchbill.engine.duty.burden import Day
from watchbill.engine.duty.quality import Finding, Quality, quality
from watchbill.engine.duty.schedule import (
    Edition,
    HandOff,
    Hours,
    Override,
    OverrideKind,
    Rotation,
    Schedule,
    Slot,
    Unit,
)
from watchbill.engine.duty.shifts import shifts
from watchbill.engine.duty.walls import instant_of

ANA, BO, CY, DI = 1, 2, 3, 4
NAMES = {ANA: "Ana", BO: "Bo", CY: "Cy"}
SINCE = datetime(2026, 11, 2, tzinfo=UTC)
WEEK = timedelta(days=7)
UNTIL = SINCE + 12 * WEEK
WEEKLY = HandOff(Unit.WEEK, date(2026, 11, 2), at=0)
THREE: tuple[Slot, ...] = ((ANA,), (BO,), (CY,))


def schedule(*rotations: Rotation, overrides: tuple[Override, ...] = (), name: str = "Primary") -> Schedule:
    return Schedule(1, name, 1, "UTC", rotations, overrides, names=NAMES)


def rotation(
    order: tuple[Slot, ...] = THREE, name: str = "weekly", hours: tuple[Hours, ...] = (), id_: int = 1
) -> Rotation:
    return Rotation(id_, name, (Edition(0, "UTC", WEEKLY, order, 0, hours),))


def at(days: float) -> datetime:
    return SINCE + timedelta(days=days)


def judged(*schedules: Schedule) -> Quality:
    timelines = [(one.name, shifts(one, SINCE, UNTIL)) for one in schedules]
    return quality(timelines, {person: Day() for person in NAMES}, NAMES, SINCE, UNTIL)


def kinds(found: Quality) -> list[Finding]:
    return [one.kind for one in found.found]


def test_a_rota_of_whole_weeks_for_three_has_nothing_amiss():
    found = judged(schedule(rotation()))
    assert (found.score, found.found) == (100, ())


def test_follow_the_sun_has_nothing_amiss():
    eight = [tuple(Hours(day * 1440 + start * 60, 480) for day in range(7)) for start in (0, 8, 16)]
    found = judged(
        schedule(
            *(rotation((slot,), f"r{n}", hours, n) for n, (slot, hours) in enumerate(zip(THREE, eight, strict=True), 1))
        )
    )
    assert kinds(found) in ([], [Finding.UNBALANCED])  # who has the nights carries more
    assert not {Finding.GAP, Finding.DOUBLE, Finding.SHORT_REST} & set(kinds(found))


def test_a_gap_costs_and_a_long_one_costs_more():
    remove = Override(1, OverrideKind.REMOVE, instant_of(at(1)), instant_of(at(1.5)), instead_of=ANA, by="Eva")
    short = judged(schedule(rotation(), overrides=(remove,)))
    weekends = judged(schedule(rotation(hours=tuple(Hours(day * 1440, 1440) for day in range(5)))))
    assert kinds(short) == [Finding.GAP]
    assert short.found[0].words == "Nobody is on duty: override by Eva takes Ana off duty."
    assert 100 > short.score > weekends.score > 0
    assert short.score == 100 - sum(short.cost.values())


def test_the_same_person_in_two_schedules_at_once_is_told():
    primary, secondary = schedule(rotation()), schedule(rotation(((ANA,), (CY,), (BO,))), name="Secondary")
    found = judged(primary, secondary)
    assert kinds(found)[0] is Finding.DOUBLE
    assert found.found[0].words == "Ana is on duty twice: in Primary by rotation weekly, and in Secondary."
    assert (found.found[0].since, found.found[0].until) == (SINCE, SINCE + WEEK)


def test_the_same_person_in_two_rotations_at_once_is_told():
    found = judged(schedule(rotation(), rotation(((ANA,),), "always", id_=2)))
    doubles = [one for one in found.found if one.kind is Finding.DOUBLE]
    assert len(doubles) == 4
    assert doubles[0].words == "Ana is on duty twice: in Primary by rotation weekly, and by rotation always."


def test_cover_just_before_the_own_week_leaves_no_rest():
    cover = Override(
        1, OverrideKind.REPLACE, instant_of(at(6.5)), instant_of(at(6.75)), person=BO, instead_of=ANA, cover=True
    )
    found = judged(schedule(rotation(), overrides=(cover,)))
    assert kinds(found) == [Finding.SHORT_REST]
    assert found.found[0].words == "Bo has 6 h of rest between cover for Ana and rotation weekly; 12 h are the least."


def test_an_evening_off_in_the_own_week_is_no_lack_of_rest():
    cover = Override(
        1, OverrideKind.REPLACE, instant_of(at(1.75)), instant_of(at(2)), person=CY, instead_of=ANA, cover=True
    )
    assert judged(schedule(rotation(), overrides=(cover,))).found == ()


def test_who_carries_far_more_than_the_others_is_named():
    found = judged(schedule(rotation(((ANA,), (BO,), (ANA,), (CY,), (ANA,)))))
    (one,) = found.found
    assert (one.kind, one.person) == (Finding.UNBALANCED, ANA)
    assert one.words.startswith("Ana carries 1.8 times the mean of 3 people")


def test_one_person_alone_is_not_unbalanced():
    assert judged(schedule(rotation(((ANA,),)))).found == ()


def test_the_score_does_not_fall_below_nothing():
    always_twice = [rotation(((ANA,),), f"r{number}", id_=number) for number in range(1, 6)]
    assert 0 <= judged(schedule(*always_twice)).score <= 85


def test_what_is_amiss_between_two_other_schedules_is_no_fault_of_this_one():
    cover = Override(
        1, OverrideKind.REPLACE, instant_of(at(6.5)), instant_of(at(6.75)), person=BO, instead_of=ANA, cover=True
    )
    other = schedule(rotation(), overrides=(cover,), name="Other")
    assert judged(schedule(rotation(((DI,),))), other).found == ()
    (short,) = (one for one in judged(other, schedule(rotation(((DI,),)))).found if one.kind is Finding.SHORT_REST)
    assert short.words == "Bo has 6 h of rest between cover for Ana and rotation weekly; 12 h are the least."
