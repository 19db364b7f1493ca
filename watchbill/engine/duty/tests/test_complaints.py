"""What users of other pagers complained of, as stories; each name ends with where. These hold the calculation. Those that need
a file, a database or a mail stand beside what they are about: edits by file in configuration/tests/test_schedules.py,
notices in channels/tests/test_telling.py, gaps that page in tests/acceptance/test_on_duty.py."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from watchbill.engine.duty.hours import covers
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
from watchbill.engine.duty.shifts import Timeline, on_duty, shifts
from watchbill.engine.duty.walls import instant_of

ANA, BO, CY = 1, 2, 3
NAMES = {ANA: "Ana", BO: "Bo", CY: "Cy"}
EVERYBODY: tuple[Slot, ...] = ((ANA,), (BO,), (CY,))
BERLIN, NEW_YORK, KOLKATA = "Europe/Berlin", "America/New_York", "Asia/Kolkata"


def rotation(rule: HandOff, zone: str = BERLIN, order: tuple[Slot, ...] = EVERYBODY, id_: int = 1, **rest) -> Rotation:
    return Rotation(id_, f"rotation {id_}", (Edition(0, zone, rule, order, **rest),))


def schedule(*rotations: Rotation, zone: str = BERLIN, id_: int = 1, **rest) -> Schedule:
    return Schedule(id_, f"schedule {id_}", 1, zone, rotations, names=NAMES, **rest)


def local(text: str, zone: str = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def edges(line: Timeline, zone: str = BERLIN) -> list[str]:
    """The hand-offs of a timeline as a clock on the wall shows them."""
    return [f"{shift.since.astimezone(ZoneInfo(zone)):%a %m-%d %H:%M}" for shift in line.shifts[1:]]


def who(one: Schedule, at: datetime) -> list[int]:
    return [duty.person for duty in on_duty(one, at)]


def override(kind: OverrideKind, since: datetime, until: datetime, id_: int = 1, **rest) -> Override:
    return Override(id_, kind, instant_of(since), instant_of(until), **rest)


WEEKLY = HandOff(Unit.WEEK, date(2026, 10, 5), at=9 * 60)
DAILY = HandOff(Unit.DAY, date(2026, 10, 5), at=9 * 60)


def test_hours_of_duty_and_of_a_policy_do_not_move_by_an_hour_when_the_clocks_change__oncall_3261():
    half_past_eight = tuple(Hours(day * 1440 + 8 * 60 + 30, 9 * 60) for day in range(7))
    one = schedule(rotation(WEEKLY, order=((ANA,),), hours=half_past_eight))
    line = shifts(one, local("2026-10-24 00:00"), local("2026-10-27 00:00"))
    assert [shift.since for shift in line.shifts] == [local(f"2026-10-{day} 08:30") for day in (24, 25, 26)]
    assert [shift.until for shift in line.shifts] == [local(f"2026-10-{day} 17:30") for day in (24, 25, 26)]
    for day in ("2026-10-24", "2026-10-25", "2027-01-05", "2027-07-05"):
        assert not covers(half_past_eight, BERLIN, local(f"{day} 08:29"))
        assert covers(half_past_eight, BERLIN, local(f"{day} 08:30"))
        assert not covers(half_past_eight, BERLIN, local(f"{day} 17:30"))


@pytest.mark.parametrize(("year", "day", "hours"), [(2026, "03-29", 23), (2026, "10-25", 25)])
def test_neither_a_gap_nor_an_overlap_when_the_clocks_change__oncall_5247(year, day, hours):
    since, until = local(f"{year}-{day} 00:00") - timedelta(days=2), local(f"{year}-{day} 00:00") + timedelta(days=3)
    for at in range(0, 24 * 60, 30):
        line = shifts(schedule(rotation(HandOff(Unit.DAY, date(2026, 1, 5), at=at))), since, until)
        assert not line.gaps
        for one, other in zip(line.shifts, line.shifts[1:], strict=False):
            assert one.until == other.since
    midnight = shifts(schedule(rotation(HandOff(Unit.DAY, date(2026, 1, 5), at=0))), since, until)
    assert timedelta(hours=hours) in [shift.until - shift.since for shift in midnight.shifts]


def test_a_shift_over_the_change_is_not_cut_short__oncall_5455():
    since, until = local("2026-03-28 12:00"), local("2026-03-29 12:00")
    one = schedule(rotation(WEEKLY), overrides=(override(OverrideKind.TAKE, since, until, person=CY),))
    line = shifts(one, since - timedelta(days=1), until + timedelta(days=1))
    (taken,) = (shift for shift in line.shifts if shift.override)
    assert (taken.since, taken.until) == (since, until)
    assert instant_of(until) - instant_of(since) == 23 * 3600
    assert not line.gaps


def test_what_is_drawn_and_what_is_paged_is_one_calculation__oncall_2950():
    one = schedule(rotation(DAILY))
    line = shifts(one, local("2026-10-20 00:00"), local("2026-11-01 00:00"))
    for hour in range(24 * 8):
        at = local("2026-10-22 00:00") + timedelta(hours=hour)
        assert [shift.person for shift in line.shifts if shift.since <= at < shift.until] == who(one, at)


def test_night_and_day_shifts_meet_when_the_clocks_change__oncall_5247():
    days = rotation(DAILY, order=((ANA,),), id_=1, hours=tuple(Hours(d * 1440 + 8 * 60, 12 * 60) for d in range(7)))
    nights = rotation(DAILY, order=((BO,),), id_=2, hours=tuple(Hours(d * 1440 + 20 * 60, 12 * 60) for d in range(7)))
    line = shifts(schedule(days, nights), local("2026-10-23 12:00"), local("2026-10-27 12:00"))
    assert not line.gaps
    assert edges(line)[:4] == ["Fri 10-23 20:00", "Sat 10-24 08:00", "Sat 10-24 20:00", "Sun 10-25 08:00"]
    night = next(shift for shift in line.shifts if shift.since == local("2026-10-24 20:00"))
    assert night.until - night.since == timedelta(hours=13)


def test_a_shift_made_in_summer_is_at_the_same_hour_in_winter__oncall_3576():
    made_in_july = schedule(rotation(HandOff(Unit.WEEK, date(2026, 7, 6), at=9 * 60)))
    january = shifts(made_in_july, local("2027-01-04 09:00"), local("2027-01-18 09:00"))
    assert edges(january) == ["Mon 01-11 09:00"]


def test_two_zones_that_change_on_different_days_each_keep_their_own_hour__oncall_4103():
    europe = rotation(DAILY, BERLIN, ((ANA,),), id_=1, hours=tuple(Hours(d * 1440 + 9 * 60, 8 * 60) for d in range(7)))
    america = rotation(
        DAILY, NEW_YORK, ((BO,),), id_=2, hours=tuple(Hours(d * 1440 + 9 * 60, 8 * 60) for d in range(7))
    )
    # From 25 October until 1 November New York is five hours behind Berlin and not six.
    line = shifts(schedule(europe, america, zone="UTC"), local("2026-10-26 00:00"), local("2026-10-27 00:00"))
    begins = {shift.person: shift.since for shift in line.shifts}
    assert begins[ANA] == local("2026-10-26 09:00")
    assert begins[BO] == local("2026-10-26 09:00", NEW_YORK)
    assert begins[BO] - begins[ANA] == timedelta(hours=5)


def test_cover_that_is_asked_for_in_another_zone_is_the_same_hours__oncall_4688():
    since, until = local("2026-10-06 00:00", NEW_YORK), local("2026-10-07 00:00", NEW_YORK)
    swap = override(OverrideKind.REPLACE, since, until, person=CY, instead_of=ANA, cover=True)
    line = shifts(schedule(rotation(WEEKLY), overrides=(swap,)), local("2026-10-05 09:00"), local("2026-10-09 09:00"))
    assert [(shift.since, shift.until, shift.source) for shift in line.shifts if shift.person == CY] == [
        (since, until, "cover for Ana")
    ]


@pytest.mark.parametrize("zone", [BERLIN, KOLKATA, "Pacific/Auckland", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_two_people_take_turns_day_by_day_in_any_zone__oncall_4197(zone):
    working_days = HandOff(Unit.WEEK, date(2024, 1, 1), at=8 * 60, weekdays=(0, 1, 2, 3, 4))
    ten_hours = tuple(Hours(day * 1440 + 8 * 60, 10 * 60) for day in range(5))
    one = schedule(rotation(working_days, zone, ((ANA,), (BO,)), hours=ten_hours), zone=zone)
    line = shifts(one, local("2024-01-01 00:00", zone), local("2024-01-08 00:00", zone))
    assert [shift.person for shift in line.shifts] == [ANA, BO, ANA, BO, ANA]
    assert [shift.since for shift in line.shifts] == [local(f"2024-01-0{day} 08:00", zone) for day in range(1, 6)]


@pytest.mark.parametrize("zone", [KOLKATA, "Pacific/Auckland", "America/Los_Angeles"])
def test_a_weekday_is_the_weekday_of_the_rotations_zone__terraform_provider_grafana_1330(zone):
    mondays = HandOff(Unit.WEEK, date(2026, 10, 5), at=0, weekdays=(0,))
    line = shifts(
        schedule(rotation(mondays, zone), zone=zone), local("2026-11-04 12:00", zone), local("2026-11-18 12:00", zone)
    )
    assert edges(line, zone) == ["Mon 11-09 00:00", "Mon 11-16 00:00"]


def test_a_hand_off_is_not_tied_to_the_offset_of_the_day_on_which_it_was_made__oneuptime_1890():
    made_in_winter = HandOff(Unit.DAY, date(2026, 1, 5), at=18 * 60)
    line = shifts(
        schedule(rotation(made_in_winter, NEW_YORK), zone=NEW_YORK),
        local("2026-06-01 18:00", NEW_YORK),
        local("2026-06-04 18:00", NEW_YORK),
    )
    assert edges(line, NEW_YORK) == ["Tue 06-02 18:00", "Wed 06-03 18:00"]


def test_no_day_is_dropped__oneuptime_57d688a26e():
    chosen = HandOff(Unit.WEEK, date(2026, 1, 5), at=9 * 60, weekdays=(0, 2, 4))
    line = shifts(schedule(rotation(chosen)), local("2026-01-05 09:00"), local("2027-01-04 09:00"))
    assert not line.gaps
    assert len(line.shifts) == 52 * 3
    assert {f"{shift.since.astimezone(ZoneInfo(BERLIN)):%a}" for shift in line.shifts} == {"Mon", "Wed", "Fri"}


def test_the_next_person_is_the_next_of_the_order__oneuptime_70a81a67db():
    line = shifts(schedule(rotation(WEEKLY)), local("2026-10-05 09:00"), local("2027-10-04 09:00"))
    assert [shift.person for shift in line.shifts] == [(ANA, BO, CY)[number % 3] for number in range(52)]


def test_who_is_there_around_the_clock_stays_on_duty_where_another_has_no_hours__oneuptime_ad6b3d6247():
    office = rotation(DAILY, order=((ANA,),), id_=1, hours=tuple(Hours(d * 1440 + 9 * 60, 8 * 60) for d in range(5)))
    always = rotation(DAILY, order=((BO,),), id_=2)
    one = schedule(office, always)
    assert who(one, local("2026-10-07 12:00")) == [ANA, BO]
    assert who(one, local("2026-10-07 20:00")) == [BO]
    assert who(one, local("2026-10-10 12:00")) == [BO]


@pytest.mark.parametrize("every", [1, 2, 3, 5])
def test_every_so_many_weeks_is_so_many_weeks__oneuptime_f815d15d04(every):
    rule = HandOff(Unit.WEEK, date(2026, 1, 5), every, 9 * 60)
    line = shifts(schedule(rotation(rule)), local("2026-01-05 09:00"), local("2027-01-04 09:00"))
    assert {shift.until - shift.since for shift in line.shifts[:-1]} <= {
        timedelta(weeks=every, hours=hours) for hours in (-1, 0, 1)
    }
    assert len(line.shifts) == -(-52 // every)


def test_an_override_of_one_schedule_does_not_touch_another__oneuptime_2445():
    since, until = local("2026-10-07 00:00"), local("2026-10-08 00:00")
    first = schedule(rotation(WEEKLY), overrides=(override(OverrideKind.TAKE, since, until, person=CY),))
    second = schedule(rotation(WEEKLY), id_=2)
    assert who(first, local("2026-10-07 12:00")) == [CY]
    assert who(second, local("2026-10-07 12:00")) == [ANA]


def test_a_gap_is_a_result_and_says_why__oneuptime_3174():
    office = rotation(WEEKLY, hours=tuple(Hours(d * 1440 + 9 * 60, 8 * 60) for d in range(5)))
    line = shifts(schedule(office), local("2026-10-09 12:00"), local("2026-10-12 12:00"))
    assert [(gap.since, gap.until) for gap in line.gaps] == [(local("2026-10-09 17:00"), local("2026-10-12 09:00"))]
    assert line.gaps[0].why == "no rotation has anybody on duty then"
    gone = replace(schedule(rotation(WEEKLY)), gone=frozenset({ANA}))
    assert (
        shifts(gone, local("2026-10-06 12:00"), local("2026-10-07 12:00")).gaps[0].why
        == "it is the turn of Ana, who has left"
    )


def test_replacing_somebody_gives_no_duty_where_that_one_has_none__goalert_4306():
    swap = override(
        OverrideKind.REPLACE, local("2026-10-05 00:00"), local("2026-10-19 00:00"), person=CY, instead_of=ANA
    )
    one = schedule(rotation(WEEKLY, order=((ANA,), (BO,))), overrides=(swap,))
    assert who(one, local("2026-10-07 12:00")) == [CY]
    assert who(one, local("2026-10-14 12:00")) == [BO]  # an added and a removed person would make two of them
    assert who(one, local("2026-10-21 12:00")) == [ANA]


def test_a_rotation_begins_on_the_day_that_was_said__goalert_993():
    later = replace(rotation(WEEKLY), starts=instant_of(local("2026-11-02 09:00")))
    line = shifts(schedule(later), local("2026-10-26 09:00"), local("2026-11-09 09:00"))
    assert [(shift.since, shift.person) for shift in line.shifts] == [(local("2026-11-02 09:00"), BO)]
    assert [(gap.since, gap.until) for gap in line.gaps] == [(local("2026-10-26 09:00"), local("2026-11-02 09:00"))]


def test_a_rotation_of_seven_days_has_no_hole_of_an_hour__oncall_4208():
    sevens = HandOff(Unit.DAY, date(2026, 10, 5), 7, 9 * 60)
    line = shifts(schedule(rotation(sevens)), local("2026-10-05 09:00"), local("2027-04-05 09:00"))
    assert not line.gaps
    assert {f"{shift.since.astimezone(ZoneInfo(BERLIN)):%a %H:%M}" for shift in line.shifts} == {"Mon 09:00"}


def test_the_same_instant_written_with_another_offset_is_the_same_time__pagerduty_terraform_200():
    one = schedule(rotation(WEEKLY))
    utc, berlin = datetime(2026, 10, 5, 7, tzinfo=UTC), local("2026-10-05 09:00")
    assert shifts(one, utc, utc + timedelta(days=9)) == shifts(one, berlin, berlin + timedelta(days=9))


def test_before_a_schedule_was_made_nobody_is_missing():
    made = local("2026-11-03 12:00")
    new = Rotation(1, "weekly", (Edition(instant_of(made), BERLIN, WEEKLY, EVERYBODY),))
    line = shifts(schedule(new, since=instant_of(made)), local("2026-11-01 00:00"), local("2026-11-04 00:00"))
    assert [shift.since for shift in line.shifts] == [made]
    assert line.gaps == ()


def test_an_override_of_one_rotation_ends_with_it():
    until = instant_of(local("2026-11-04 00:00"))
    ending = replace(rotation(WEEKLY), ends=until)
    one = schedule(
        ending,
        overrides=(
            override(OverrideKind.TAKE, local("2026-11-03 00:00"), local("2026-11-05 00:00"), person=CY, rotation=1),
        ),
    )
    assert who(one, local("2026-11-03 12:00")) == [CY]
    assert who(one, local("2026-11-04 12:00")) == []
