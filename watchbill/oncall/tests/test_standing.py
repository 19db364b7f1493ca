"""Who is on duty at an instant, since and until when, and who comes next."""

from datetime import timedelta

import pytest
from hypothesis import given

from watchbill.engine.duty.schedule import DAY, Hours, OverrideKind
from watchbill.engine.duty.shifts import on_duty
from watchbill.engine.duty.tests.oracle import utc
from watchbill.engine.duty.tests.profile import examples
from watchbill.engine.duty.tests.worlds import worlds
from watchbill.engine.tests.build import ANA, BO, CY, at, override, rota
from watchbill.oncall.standing import standing

HOUR = 3600


def told(schedule, seconds: float = 0):
    """Person, since and until, in hours after 02:00."""
    found = standing(schedule, at(seconds))
    return [(one.person, hours(one.since), hours(one.until), one.shadow) for one in found.on]


def hours(moment):
    return None if moment is None else (moment - at()) / timedelta(hours=1)


def test_two_who_take_turns():
    found = standing(rota((ANA,), (BO,), every=12), at(HOUR))
    assert told(rota((ANA,), (BO,), every=12), HOUR) == [(ANA, 0, 12, False)]
    assert (hours(found.next_at), found.next_on, found.gap) == (12, (BO,), None)


def test_turns_of_one_person_that_follow_each_other_are_one_duty_whatever_they_come_from():
    taken = override(OverrideKind.TAKE, HOUR, 2 * HOUR, person=ANA)
    assert told(rota((ANA,), (BO,), overrides=(taken,))) == [(ANA, 0, 3, False)]


def test_one_alone_is_on_duty_for_good_and_a_shadow_too():
    found = standing(rota((ANA,), shadows=(CY,)), at())
    assert told(rota((ANA,), shadows=(CY,))) == [(ANA, -24, None, False), (CY, -24, None, True)]  # since its edition
    assert (found.next_at, found.next_on, found.gap) == (None, (), None)


@pytest.mark.parametrize(("seconds", "begins"), [(0, 0), (1, 0), (HOUR - 1, 0), (HOUR, 24)])
def test_the_gap_is_the_one_at_the_time_or_the_next_before_somebody_comes(seconds, begins):
    """Somebody is there from 03:00 on until 02:00 on the next day."""
    windows = tuple(Hours(day * DAY + 180, 23 * 60) for day in range(7))
    found = standing(rota((ANA,), hours=windows), at(seconds))
    assert (hours(found.gap.since), hours(found.gap.until)) == (begins, begins + 1)
    assert (hours(found.next_at), found.next_on) == (begins + 1, (ANA,))


def test_those_who_come_together_are_next_together():
    assert standing(rota((ANA,), (BO, CY)), at()).next_on == (BO, CY)


@examples(150)
@given(worlds(hours=36))
def test_it_is_what_the_calculation_says_at_each_of_its_edges(world):
    moment = utc(world.since)
    found = standing(world.schedule, moment)
    assert [(one.person, one.shadow) for one in found.on] == [
        (duty.person, duty.shadow) for duty in on_duty(world.schedule, moment)
    ]
    for one in found.on:
        for edge, outside in ((one.since, -1), (one.until, 0)):
            if edge is not None:
                there = on_duty(world.schedule, edge + timedelta(seconds=outside))
                assert (one.person, one.shadow) not in [(duty.person, duty.shadow) for duty in there] or one.shadow
    if found.next_at is not None:
        before = {
            duty.person for duty in on_duty(world.schedule, found.next_at - timedelta(seconds=1)) if not duty.shadow
        }
        then = {duty.person for duty in on_duty(world.schedule, found.next_at) if not duty.shadow}
        assert set(found.next_on) == then - before != set()
    if found.gap is not None:
        assert all(duty.shadow for duty in on_duty(world.schedule, found.gap.since))
