"""Edits of a rotation: whoever is on duty stays until the next hand-off, and no hand-off moves."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from watchbill.engine.duty.revise import first_for, revise
from watchbill.engine.duty.schedule import Edition, HandOff, Hours, Rotation, Schedule, Unit
from watchbill.engine.duty.shifts import on_duty
from watchbill.engine.duty.turns import begins, turn_at
from watchbill.engine.duty.walls import instant_of, moment_of, zone_of
from watchbill.engine.tests.profile import BOUNDED

ANA, BO, CY, DI = 1, 2, 3, 4
MADRID = "Europe/Madrid"
WEEKLY = HandOff(Unit.WEEK, date(2026, 11, 2), at=9 * 60, weekdays=(0,))
# Mondays at 09:00 in Madrid, which is 08:00 UTC: Ana from the 2nd, Bo from the 9th, Cy from the 16th, Ana from the 23rd.
ROTA = Edition(0, MADRID, WEEKLY, ((ANA,), (BO,), (CY,)))
WEDNESDAY = datetime(2026, 11, 11, 15, tzinfo=UTC)  # Bo is on duty
MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)
WEEK = timedelta(days=7)


def edited(wanted: Edition, at: datetime = WEDNESDAY, before: Edition = ROTA, **how) -> tuple[Edition, ...]:
    return revise((before,), wanted, instant_of(at), **how)


def who(editions: tuple[Edition, ...], at: datetime) -> list[int]:
    schedule = Schedule(1, "Primary", 1, MADRID, (Rotation(1, "weekly", editions),))
    return [duty.person for duty in on_duty(schedule, at)]


def turns_after(editions: tuple[Edition, ...], *, weeks: int = 4) -> list[list[int]]:
    """Who is on duty on the Wednesday of the edit, and on those that follow."""
    return [who(editions, WEDNESDAY + number * WEEK) for number in range(weeks)]


def test_as_it_was():
    assert turns_after((ROTA,)) == [[BO], [CY], [ANA], [BO]]


def test_adding_a_person_does_not_reset_who_is_on_duty__pagerduty_terraform_215():
    editions = edited(replace(ROTA, order=((ANA,), (BO,), (DI,), (CY,))))
    assert turns_after(editions) == [[BO], [DI], [CY], [ANA]]
    assert who(editions, MONDAY - timedelta(seconds=1)) == [BO]
    assert who(editions, MONDAY) == [DI]


def test_removing_another_person_does_not_reset_who_is_on_duty__pagerduty_terraform_560():
    assert turns_after(edited(replace(ROTA, order=((BO,), (CY,))))) == [[BO], [CY], [BO], [CY]]


def test_who_is_taken_out_while_on_duty_stays_until_the_hand_off__pagerduty_terraform_1083():
    assert turns_after(edited(replace(ROTA, order=((ANA,), (CY,))))) == [[BO], [CY], [ANA], [CY]]


def test_the_next_of_the_old_order_who_is_left_follows_one_who_was_taken_out():
    assert turns_after(edited(replace(ROTA, order=((DI,), (ANA,))))) == [[BO], [ANA], [DI], [ANA]]


def test_with_nobody_left_of_the_old_order_the_new_one_begins():
    assert turns_after(edited(replace(ROTA, order=((DI,),)))) == [[BO], [DI], [DI], [DI]]


def test_another_order_goes_on_after_whoever_is_on_duty():
    assert turns_after(edited(replace(ROTA, order=((CY,), (BO,), (ANA,))))) == [[BO], [ANA], [CY], [BO]]


def test_who_has_left_the_company_does_not_stay_until_the_hand_off():
    editions = edited(replace(ROTA, order=((ANA,), (CY,))), gone=frozenset({BO}))
    assert who(editions, WEDNESDAY) == [CY]
    assert turns_after(editions)[1:] == [[ANA], [CY], [ANA]]


def test_another_hand_off_begins_at_the_old_one():
    fridays = HandOff(Unit.WEEK, date(2026, 11, 2), at=17 * 60, weekdays=(4,))
    editions = edited(replace(ROTA, hand_off=fridays))
    found = [who(editions, datetime(2026, 11, day, 18, tzinfo=UTC)) for day in (13, 15, 16, 19, 20, 27)]
    assert found == [[BO], [BO], [CY], [CY], [ANA], [BO]]


def test_another_zone_moves_no_hand_off_of_the_running_turn():
    editions = edited(replace(ROTA, zone="America/New_York"))
    assert who(editions, MONDAY - timedelta(seconds=1)) == [BO]
    assert who(editions, MONDAY) == [CY]
    assert who(editions, MONDAY + timedelta(hours=7)) == [CY]  # 10:00 in New York: no second hand-off six hours later
    assert who(editions, MONDAY + WEEK + timedelta(hours=5)) == [CY]
    assert who(editions, MONDAY + WEEK + timedelta(hours=6)) == [ANA]


def test_hours_of_duty_change_at_once():
    nights = tuple(Hours(day * 1440 + 20 * 60, 12 * 60) for day in range(7))
    editions = edited(replace(ROTA, hours=nights))
    assert who(editions, WEDNESDAY - timedelta(seconds=1)) == [BO]
    assert who(editions, WEDNESDAY) == []
    assert who(editions, WEDNESDAY + timedelta(hours=5)) == [BO]


def test_hours_at_once_and_people_at_the_hand_off_in_one_edit():
    nights = tuple(Hours(day * 1440 + 20 * 60, 12 * 60) for day in range(7))
    editions = edited(replace(ROTA, hours=nights, order=((BO,), (DI,))))
    assert len(editions) == 3
    assert who(editions, WEDNESDAY) == []
    assert who(editions, MONDAY - timedelta(hours=2)) == [BO]
    assert who(editions, MONDAY + timedelta(hours=12)) == [DI]


def test_an_edit_that_changes_nothing_adds_nothing():
    assert edited(replace(ROTA, since=12345)) == (ROTA,)


def test_a_second_edit_replaces_the_first_one_that_was_still_to_come():
    first = edited(replace(ROTA, order=((ANA,), (BO,), (DI,), (CY,))))
    second = revise(first, replace(ROTA, order=((ANA,), (BO,), (CY,))), instant_of(WEDNESDAY + timedelta(hours=1)))
    assert second == (ROTA,)


def test_a_rotation_that_has_not_begun_is_just_replaced():
    wanted = replace(ROTA, order=((DI,), (CY,)), first=1, since=99)
    assert edited(wanted, begun=False) == (wanted,)


def test_whoever_shall_have_the_first_turn_has_it():
    instant = instant_of(WEDNESDAY)
    edition = replace(ROTA, first=first_for(2, ROTA, instant))
    assert turns_after((edition,)) == [[CY], [ANA], [BO], [CY]]


SLOTS = st.lists(st.sampled_from([(ANA,), (BO,), (CY,), (DI,), (ANA, BO)]), min_size=1, max_size=5, unique=True)
RULES = st.one_of(
    st.builds(
        lambda every, at: HandOff(Unit.HOUR, date(2026, 10, 1), every, at), st.integers(1, 30), st.integers(0, 1439)
    ),
    st.builds(
        lambda every, at: HandOff(Unit.DAY, date(2026, 10, 1), every, at), st.integers(1, 5), st.integers(0, 1439)
    ),
    st.builds(
        lambda every, days: HandOff(Unit.WEEK, date(2026, 10, 1), every, 540, tuple(sorted(days))),
        st.integers(1, 3),
        st.sets(st.integers(0, 6), min_size=1),
    ),
    st.builds(
        lambda every, day: HandOff(Unit.MONTH, date(2026, 10, 1), every, 60, day=day),
        st.integers(1, 3),
        st.integers(1, 31),
    ),
)
EDITIONS = st.builds(
    lambda rule, order, zone: Edition(0, zone, rule, tuple(order)),
    RULES,
    SLOTS,
    st.sampled_from([MADRID, "Australia/Lord_Howe"]),
)


@BOUNDED
@given(before=EDITIONS, wanted=EDITIONS, at=st.integers(0, 15 * 86400))
def test_nobody_changes_before_the_next_hand_off_whatever_the_edit(before, wanted, at):
    now = datetime(2026, 10, 20, tzinfo=UTC) + timedelta(seconds=at)
    after = edited(wanted, now, before)
    zone = zone_of(before.zone)
    hand_off = moment_of(begins(before.hand_off, turn_at(before.hand_off, instant_of(now), zone) + 1, zone))
    middle = now + (hand_off - now) / 2
    for moment in (now, middle, hand_off - timedelta(seconds=1)):
        assert who(after, moment) == who((before,), moment)
    assert after[0] == before
    assert after[-1].order == wanted.order


@pytest.mark.parametrize("people", [1, 2, 3])
def test_after_an_edit_everybody_has_as_many_turns(people):
    editions = edited(replace(ROTA, order=tuple((one,) for one in (DI, CY, BO)[:people])))
    later = [who(editions, MONDAY + (1 + number) * WEEK)[0] for number in range(people * 4)]
    assert sorted(later) == sorted(list((DI, CY, BO)[:people]) * 4)


def test_a_second_edit_in_one_turn_remembers_who_was_to_come_by_the_first():
    first = edited(replace(ROTA, order=((CY,), (BO,), (DI,), (ANA,))))
    assert who(first, MONDAY) == [DI]
    without_bo = replace(ROTA, order=((CY,), (DI,), (ANA,)))
    second = revise(first, without_bo, instant_of(WEDNESDAY + timedelta(hours=1)))
    assert turns_after(second) == [[BO], [DI], [ANA], [CY]]


def test_an_edit_of_hours_within_a_bridge_moves_nobody():
    bridged = edited(replace(ROTA, zone="America/New_York"))  # Cy bridges the six hours until nine o'clock there
    in_bridge = MONDAY + timedelta(hours=2)
    wanted = replace(bridged[-1], shadows=(DI,))
    after = revise(bridged, wanted, instant_of(in_bridge))
    for week in range(4):
        at = MONDAY + timedelta(hours=3) + week * WEEK
        assert [one for one in who(after, at) if one != DI] == who(bridged, at)
