"""What holds of every schedule over any time, weeks as well as minutes."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from watchbill.engine.duty.schedule import Edition, HandOff, Unit
from watchbill.engine.duty.shifts import on_duty, shifts
from watchbill.engine.duty.tests.oracle import utc
from watchbill.engine.duty.tests.profile import examples
from watchbill.engine.duty.tests.worlds import World, worlds

SECOND = timedelta(seconds=1)
LONG = worlds(hours=40 * 24)
PARTS = st.integers(0, 1000)  # thousandths of the time


def over(world: World):
    return shifts(world.schedule, utc(world.since), utc(world.until))


def inside(world: World, part: int):
    return utc(world.since + (world.until - world.since) * part // 1000)


def cut(found, at):
    """The same shifts, none of them on both sides of an instant; or the same gaps."""
    for one in found:
        if one.since < at < one.until:
            yield replace(one, until=at)
            yield replace(one, since=at)
        else:
            yield one


def in_words(found):
    return sorted(map(repr, found))


def when(found):
    return sorted((one.since, one.until) for one in found)


@examples(300)
@given(LONG, PARTS)
def test_a_time_is_its_two_parts(world, part):
    whole, middle = over(world), inside(world, part)
    early = shifts(world.schedule, utc(world.since), middle)
    late = shifts(world.schedule, middle, utc(world.until))
    assert in_words(cut(whole.shifts, middle)) == in_words([*early.shifts, *late.shifts])
    assert when(cut(whole.gaps, middle)) == when([*early.gaps, *late.gaps])


@examples(300)
@given(LONG, st.lists(PARTS, min_size=1, max_size=5))
def test_on_duty_is_who_has_a_shift(world, parts):
    timeline = over(world)
    edges = {edge for shift in timeline.shifts[:5] for edge in (shift.since, shift.until - SECOND)}
    for at in edges | {inside(world, part) for part in parts} - {utc(world.until)}:
        there = [shift for shift in timeline.shifts if shift.since <= at < shift.until]
        paged = {shift.person for shift in there if not shift.shadow}
        found = on_duty(world.schedule, at)
        assert {one.person for one in found if not one.shadow} == paged
        assert {one.person for one in found if one.shadow} == {shift.person for shift in there} - paged
        assert len(found) == len({shift.person for shift in there})


@examples(300)
@given(LONG)
def test_shifts_of_one_source_never_touch(world):
    by_origin = {}
    for shift in over(world).shifts:
        assert shift.since < shift.until
        origin = (shift.person, shift.source, shift.shadow, shift.rotation, shift.override)
        by_origin.setdefault(origin, []).append(shift)
    for mine in by_origin.values():
        assert all(one.until < other.since for one, other in pairwise(mine))


@examples(300)
@given(LONG)
def test_shifts_and_gaps_are_all_of_the_time(world):
    timeline = shifts(replace(world.schedule, hours=(), since=None), utc(world.since), utc(world.until))
    covered = utc(world.since)
    for since, until, is_gap in sorted(
        [(gap.since, gap.until, True) for gap in timeline.gaps]
        + [(shift.since, shift.until, False) for shift in timeline.shifts if not shift.shadow]
    ):
        assert since == covered if is_gap else since <= covered
        covered = max(covered, until)
    assert covered == utc(world.until)
    assert all(one.until < other.since for one, other in pairwise(timeline.gaps))


@examples(200)
@given(LONG, PARTS, st.sampled_from(["Asia/Tokyo", "America/Chicago"]))
def test_a_new_edition_changes_nothing_before_it(world, part, zone):
    begins = world.since + (world.until - world.since) * part // 1000
    new = Edition(begins, zone, HandOff(Unit.HOUR, date(2020, 1, 1)), ((4,), (1, 2)))
    rotations = tuple(
        one if one.fixed is not None else replace(one, editions=before(one.editions, begins, new))
        for one in world.schedule.rotations
    )
    changed = replace(world.schedule, rotations=rotations)
    assert shifts(changed, utc(world.since), utc(begins)) == shifts(world.schedule, utc(world.since), utc(begins))


def before(editions, begins, new):
    """The editions up to an instant and the new one from then on. The first is in force from the beginning of time."""
    first, *others = editions
    return (first, *(one for one in others if one.since < begins), replace(new, since=max(begins, first.since)))


@examples(100)
@given(LONG, PARTS)
def test_no_time_has_nothing_in_it(world, part):
    at = inside(world, part)
    assert shifts(world.schedule, at, at) == shifts(world.schedule, at, at - SECOND)
    assert not any([*shifts(world.schedule, at, at).shifts, *shifts(world.schedule, at, at).gaps])
