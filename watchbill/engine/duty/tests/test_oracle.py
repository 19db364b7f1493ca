"""The calculation against the oracle, which walks through the time minute by minute."""

from zoneinfo import ZoneInfo

from hypothesis import given

from watchbill.engine.duty.shifts import NOBODY_PLANNED, on_duty, shifts
from watchbill.engine.duty.tests import oracle
from watchbill.engine.duty.tests.profile import examples
from watchbill.engine.duty.tests.worlds import World, worlds
from watchbill.engine.duty.turns import turn_at


def agree(world: World) -> None:
    walked = list(oracle.walk(world.schedule, world.since, world.until, world.step))
    timeline = shifts(world.schedule, oracle.utc(world.since), oracle.utc(world.until))
    told = [
        (shift.since, shift.until, oracle.On(shift.person, shift.source, shift.shadow, shift.rotation, shift.override))
        for shift in timeline.shifts
    ]
    assert sorted(told) == oracle.runs(walked, world.step)
    assert [shift.since for shift in timeline.shifts] == sorted(shift.since for shift in timeline.shifts)
    holes = oracle.gaps(walked, world.step)
    assert [(gap.since, gap.until) for gap in timeline.gaps] == [(since, until) for since, until, _ in holes]
    for gap, (_, _, reasons) in zip(timeline.gaps, holes, strict=True):
        assert gap.why in (reasons or {NOBODY_PLANNED})


def agree_at(world: World) -> None:
    """Of every minute, each person once, and paged if that is so from any source."""
    for at, now in oracle.walk(world.schedule, world.since, world.until, world.step):
        found = on_duty(world.schedule, oracle.utc(at))
        sources = {(one.person, one.shadow, one.source) for one in now.on}
        paged = {one.person for one in now.on if not one.shadow}
        told_only = {one.person for one in now.on} - paged
        assert [one.shadow for one in found] == [False] * len(paged) + [True] * len(told_only)
        assert {one.person for one in found if not one.shadow} == paged
        assert {one.person for one in found if one.shadow} == told_only
        assert {(one.person, one.shadow, one.source) for one in found} <= sources


@examples(2000)
@given(worlds())
def test_shifts_and_gaps_are_those_of_the_oracle(world):
    agree(world)


@examples(150)
@given(worlds(grain=1, hours=14))
def test_they_are_to_the_minute(world):
    agree(world)


@examples(150)
@given(worlds(hours=36))
def test_on_duty_is_whom_the_oracle_has_on_duty(world):
    agree_at(world)


@examples(80)
@given(worlds(hours=18))
def test_the_turn_of_an_instant_is_that_of_the_oracle(world):
    for edition in (edition for rotation in world.schedule.rotations for edition in rotation.editions):
        clock = oracle.faces(edition.zone, world.since, world.until, world.step)
        told = {at: turn_at(edition.hand_off, at, ZoneInfo(edition.zone)) for at in clock}
        assert told == {at: oracle.turn_of(edition.hand_off, face.latest) for at, face in clock.items()}
