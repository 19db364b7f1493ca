"""The zones and days on which schedules go wrong elsewhere, with the instants (UTC) that are right, and the sweep over all."""

import os
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from watchbill.engine.duty.schedule import DAY, WEEK, Edition, HandOff, Hours, Rotation, Schedule, Unit
from watchbill.engine.duty.shifts import on_duty, shifts
from watchbill.engine.duty.tests import sweep
from watchbill.engine.duty.walls import first, last, moment_of

HALF_PAST_TWO, HALF_PAST_ONE = 150, 90


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schedule(zone: str, rule: HandOff, *, people: int = 3, hours: tuple[Hours, ...] = ()) -> Schedule:
    order = tuple((person,) for person in range(1, people + 1))
    return Schedule(1, "Primary", 1, zone, (Rotation(1, "r", (Edition(0, zone, rule, order, hours=hours),)),))


def hand_offs(zone: str, rule: HandOff, since: str, until: str) -> list[str]:
    """When the person on duty changes."""
    return [f"{shift.since:%m-%d %H:%M}" for shift in over(schedule(zone, rule), since, until)[1:]]


def over(one: Schedule, since: str, until: str):
    return shifts(one, utc(since), utc(until)).shifts


def lasting(one: Schedule, since: str, until: str) -> list[float]:
    """Hours of each shift between the first and the last."""
    return [(shift.until - shift.since).total_seconds() / 3600 for shift in over(one, since, until)[1:-1]]


def on(one: Schedule, since: str, until: str) -> list[tuple[str, str]]:
    return [(f"{shift.since:%m-%d %H:%M}", f"{shift.until:%m-%d %H:%M}") for shift in over(one, since, until)]


def daily(anchor: date, at: int) -> HandOff:
    return HandOff(Unit.DAY, anchor, at=at)


def each_day(begins: int, length: int) -> tuple[Hours, ...]:
    return tuple(Hours(day * DAY + begins, length) for day in range(7))


# Hand-offs at times that do not exist, or come twice


def test_a_hand_off_in_the_gap_of_spring_is_at_its_end_and_back_in_place_the_next_day():
    rule = daily(date(2020, 3, 1), HALF_PAST_TWO)
    found = hand_offs("America/Chicago", rule, "2020-03-07 00:00", "2020-03-10 00:00")
    assert found == ["03-07 08:30", "03-08 08:00", "03-09 07:30"]


def test_every_second_that_is_skipped_is_the_one_at_which_the_clock_is_set():
    chicago, skipped = ZoneInfo("America/Chicago"), datetime.fromisoformat("2020-03-08 02:00")
    walls = [skipped + timedelta(seconds=number) for number in range(3600)]
    found = {moment_of(instant) for wall in walls for instant in (first(wall, chicago), last(wall, chicago))}
    assert found == {utc("2020-03-08 08:00")}


def test_a_hand_off_that_comes_twice_is_at_the_first():
    rule = daily(date(2020, 10, 1), HALF_PAST_ONE)
    found = hand_offs("America/Chicago", rule, "2020-10-31 00:00", "2020-11-03 00:00")
    assert found == ["10-31 06:30", "11-01 06:30", "11-02 07:30"]


def test_lord_howe_sets_its_clocks_by_half_an_hour():
    in_the_gap = daily(date(2022, 10, 1), 135)
    found = hand_offs("Australia/Lord_Howe", in_the_gap, "2022-10-01 00:00", "2022-10-03 12:00")
    assert found == ["10-01 15:30", "10-02 15:15"]
    twice = daily(date(2023, 4, 1), 105)
    found = hand_offs("Australia/Lord_Howe", twice, "2023-03-31 16:00", "2023-04-03 00:00")
    assert found == ["04-01 14:45", "04-02 15:15"]


def test_casablanca_sets_its_clocks_for_ramadan():
    rule = daily(date(2025, 1, 1), HALF_PAST_TWO)
    assert hand_offs("Africa/Casablanca", rule, "2025-02-22 00:00", "2025-02-24 12:00") == [
        "02-22 01:30",
        "02-23 01:30",
        "02-24 02:30",
    ]
    assert hand_offs("Africa/Casablanca", rule, "2025-04-05 00:00", "2025-04-07 12:00") == [
        "04-05 02:30",
        "04-06 02:00",
        "04-07 01:30",
    ]


def test_dublin_whose_winter_is_the_exception():
    rule = daily(date(2023, 1, 1), HALF_PAST_ONE)
    assert hand_offs("Europe/Dublin", rule, "2023-03-25 00:00", "2023-03-27 12:00") == [
        "03-25 01:30",
        "03-26 01:00",
        "03-27 00:30",
    ]
    assert hand_offs("Europe/Dublin", rule, "2023-10-28 00:00", "2023-10-30 12:00") == [
        "10-28 00:30",
        "10-29 00:30",
        "10-30 01:30",
    ]


def test_troll_sets_its_clocks_by_two_hours():
    rule = daily(date(2021, 1, 1), HALF_PAST_TWO)
    assert hand_offs("Antarctica/Troll", rule, "2021-03-27 00:00", "2021-03-29 12:00") == [
        "03-27 02:30",
        "03-28 01:00",
        "03-29 00:30",
    ]
    assert hand_offs("Antarctica/Troll", rule, "2021-10-30 00:00", "2021-11-01 12:00") == [
        "10-30 00:30",
        "10-31 00:30",
        "11-01 02:30",
    ]


def test_gaza():
    rule = daily(date(2023, 1, 1), HALF_PAST_TWO)
    assert hand_offs("Asia/Gaza", rule, "2023-04-28 00:00", "2023-04-30 12:00") == [
        "04-28 00:30",
        "04-29 00:00",
        "04-29 23:30",
    ]


@pytest.mark.parametrize(
    ("zone", "found"),
    [
        ("Asia/Kathmandu", ["01-01 03:15", "01-02 03:15"]),
        ("Pacific/Chatham", ["12-31 19:15", "01-01 19:15"]),
    ],
)
def test_offsets_of_quarters(zone, found):
    assert hand_offs(zone, daily(date(2020, 1, 1), 540), "2020-12-31 19:00", "2021-01-02 12:00")[-2:] == found[-2:]


def test_chatham_skips_a_quarter_to_three():
    rule = daily(date(2021, 9, 1), 180)
    found = hand_offs("Pacific/Chatham", rule, "2021-09-25 00:00", "2021-09-27 00:00")
    assert found == ["09-25 14:00", "09-26 13:15"]


def test_apia_had_no_30_december_2011():
    rule = daily(date(2011, 12, 1), 540)
    found = over(schedule("Pacific/Apia", rule), "2011-12-28 20:00", "2012-01-01 00:00")
    assert [(shift.person, f"{shift.since:%m-%d %H:%M}") for shift in found] == [
        (1, "12-28 20:00"),
        (2, "12-29 19:00"),
        (3, "12-30 10:00"),  # the turn of the missing day, until nine
        (1, "12-30 19:00"),
        (2, "12-31 19:00"),
    ]


def test_havana_sets_its_clocks_at_midnight():
    rule = daily(date(2024, 1, 1), 0)
    assert hand_offs("America/Havana", rule, "2024-03-09 00:00", "2024-03-11 12:00") == [
        "03-09 05:00",
        "03-10 05:00",
        "03-11 04:00",
    ]
    assert hand_offs("America/Havana", rule, "2024-11-02 00:00", "2024-11-04 12:00") == [
        "11-02 04:00",
        "11-03 04:00",
        "11-04 05:00",
    ]


# Lengths


def test_days_of_23_and_25_hours_and_weeks_of_167_and_169():
    by_day = schedule("Europe/Berlin", daily(date(2026, 1, 1), 540))
    assert lasting(by_day, "2026-03-27 00:00", "2026-03-31 00:00") == [24, 23, 24]
    assert lasting(by_day, "2026-10-23 00:00", "2026-10-27 00:00") == [24, 25, 24]
    by_week = schedule("Europe/Berlin", HandOff(Unit.WEEK, date(2026, 1, 1)))
    assert lasting(by_week, "2026-03-10 00:00", "2026-04-08 00:00") == [168, 167, 168]
    assert lasting(by_week, "2026-10-06 00:00", "2026-11-04 00:00") == [168, 169, 168]


def test_by_the_hour_there_is_one_of_two_hours_in_autumn_and_none_is_skipped_in_spring():
    by_hour = schedule("America/Chicago", HandOff(Unit.HOUR, date(2020, 1, 1), at=0), people=24)
    assert lasting(by_hour, "2020-11-01 03:30", "2020-11-01 10:30") == [1, 1, 2, 1, 1]
    assert lasting(by_hour, "2020-03-08 05:30", "2020-03-08 10:30") == [1, 1, 1, 1]
    people = [shift.person for shift in over(by_hour, "2020-03-08 06:30", "2020-03-08 09:30")]
    assert people == [
        1,
        2,
        4,
        5,
    ]  # the one from two to three is not on duty; the others have the hours they always have


def test_by_the_hour_there_is_one_of_half_an_hour_in_lord_howe():
    by_hour = schedule("Australia/Lord_Howe", HandOff(Unit.HOUR, date(2022, 10, 1), at=0), people=24)
    found = over(by_hour, "2022-10-01 14:30", "2022-10-01 17:00")
    assert [(shift.person, f"{shift.since:%H:%M}") for shift in found] == [
        (2, "14:30"),
        (3, "15:30"),  # from half past two
        (4, "16:00"),
    ]


@pytest.mark.parametrize("zone", ["America/Chicago", "Australia/Lord_Howe", "Antarctica/Troll", "America/Havana"])
def test_24_hours_are_a_day(zone):
    hours = schedule(zone, HandOff(Unit.HOUR, date(2020, 2, 1), 24, 150))
    days = schedule(zone, daily(date(2020, 2, 1), 150))
    year = utc("2020-01-01 00:00"), utc("2021-01-01 00:00")
    assert shifts(hours, *year) == shifts(days, *year)


# Calendars


def test_the_29th_of_february_and_the_year_after():
    yearly = HandOff(Unit.MONTH, date(2024, 2, 29), 12, 540, day=29)
    found = over(schedule("Etc/UTC", yearly), "2024-01-01 00:00", "2028-12-31 00:00")
    assert [f"{shift.since:%Y-%m-%d}" for shift in found[1:]] == [
        "2024-02-29",
        "2025-02-28",
        "2026-02-28",
        "2027-02-28",
        "2028-02-29",
    ]
    assert hand_offs("Etc/UTC", daily(date(2024, 1, 1), 540), "2024-02-28 10:00", "2024-03-01 10:00") == [
        "02-29 09:00",
        "03-01 09:00",
    ]


def test_the_31st_of_each_month():
    rule = HandOff(Unit.MONTH, date(2025, 1, 1), 1, 540, day=31)
    assert hand_offs("Etc/UTC", rule, "2025-01-01 00:00", "2025-06-01 00:00") == [
        "01-31 09:00",
        "02-28 09:00",
        "03-31 09:00",
        "04-30 09:00",
        "05-31 09:00",
    ]


def test_every_second_week_across_a_year_with_53_weeks():
    rule = HandOff(Unit.WEEK, date(2020, 12, 14), 2)
    found = over(schedule("Etc/UTC", rule), "2020-12-14 09:00", "2021-02-01 09:00")
    assert [(shift.person, f"{shift.since:%G-W%V}") for shift in found] == [
        (1, "2020-W51"),
        (2, "2020-W53"),
        (3, "2021-W02"),
        (1, "2021-W04"),
    ]


def test_before_the_anchor_the_turns_run_backwards():
    for rule, until in (
        (daily(date(2026, 6, 10), 540), "2026-06-12 09:00"),
        (HandOff(Unit.HOUR, date(2026, 6, 10), 24, 540), "2026-06-12 09:00"),
    ):
        found = over(schedule("Etc/UTC", rule), "2026-06-06 09:00", until)
        assert [shift.person for shift in found] == [3, 1, 2, 3, 1, 2]
    for rule in (HandOff(Unit.WEEK, date(2026, 6, 10)), HandOff(Unit.MONTH, date(2026, 6, 10))):
        (early,) = on_duty(schedule("Etc/UTC", rule), utc("2026-05-31 12:00"))
        assert early.person == {Unit.WEEK: 2, Unit.MONTH: 3}[rule.unit]


# Hours of duty


def test_from_eight_to_eight():
    one = schedule("America/Chicago", daily(date(2020, 1, 1), 0), people=1, hours=each_day(480, 720))
    assert on(one, "2020-03-07 06:00", "2020-03-09 05:00") == [
        ("03-07 14:00", "03-08 02:00"),
        ("03-08 13:00", "03-09 01:00"),
    ]


def test_a_night_belongs_to_the_day_on_which_it_begins():
    nights = tuple(Hours(day * DAY + 1200, 720) for day in range(5))
    one = schedule("Etc/UTC", HandOff(Unit.WEEK, date(2026, 1, 1), at=0), people=1, hours=nights)
    assert on(one, "2026-11-26 12:00", "2026-11-30 12:00") == [  # a Thursday to a Monday
        ("11-26 20:00", "11-27 08:00"),
        ("11-27 20:00", "11-28 08:00"),
    ]


def test_a_night_in_which_the_clocks_are_set_is_eleven_hours_or_thirteen():
    one = schedule("Europe/Berlin", daily(date(2026, 1, 1), 720), people=1, hours=each_day(1200, 720))
    assert on(one, "2026-03-28 12:00", "2026-03-29 12:00") == [("03-28 19:00", "03-29 06:00")]
    assert on(one, "2026-10-24 12:00", "2026-10-25 12:00") == [("10-24 18:00", "10-25 07:00")]


def test_hours_that_end_where_they_begin_are_all_day():
    one = schedule("Europe/Berlin", daily(date(2026, 1, 1), 540), hours=each_day(540, DAY))
    always = schedule("Europe/Berlin", daily(date(2026, 1, 1), 540))
    year = utc("2026-01-01 00:00"), utc("2027-01-01 00:00")
    assert shifts(one, *year) == shifts(always, *year)


def test_a_window_across_the_end_of_the_week():
    weekend = (Hours(4 * DAY + 1080, 62 * 60),)  # from Friday at six to Monday at eight
    one = schedule("Europe/Berlin", HandOff(Unit.WEEK, date(2026, 1, 1), at=0, weekdays=(2,)), people=1, hours=weekend)
    assert on(one, "2026-10-21 00:00", "2026-10-28 00:00") == [("10-23 16:00", "10-26 07:00")]
    assert on(one, "2026-10-26 00:00", "2026-10-28 00:00") == [("10-26 00:00", "10-26 07:00")]
    assert shifts(one, *(utc("2026-10-21 00:00"), utc("2026-10-28 00:00"))).gaps[0].until == utc("2026-10-23 16:00")


def test_a_week_that_begins_in_its_last_minute():
    one = schedule("Etc/UTC", daily(date(2026, 1, 1), 0), people=1, hours=(Hours(WEEK - 1, WEEK),))
    assert on(one, "2026-11-01 00:00", "2026-12-01 00:00") == [("11-01 00:00", "12-01 00:00")]


def test_hours_that_meet_at_a_time_that_comes_twice_overlap_and_leave_no_gap():
    early, late = each_day(0, HALF_PAST_ONE), each_day(HALF_PAST_ONE, DAY - HALF_PAST_ONE)
    rotations = tuple(
        Rotation(
            number,
            "r",
            (Edition(0, "America/Chicago", daily(date(2020, 1, 1), 0), ((number,),), hours=hours),),
        )
        for number, hours in ((1, early), (2, late))
    )
    found = shifts(Schedule(1, "s", 1, "America/Chicago", rotations), utc("2020-11-01 05:00"), utc("2020-11-01 12:00"))
    assert not found.gaps
    assert [(shift.person, f"{shift.since:%H:%M}", f"{shift.until:%H:%M}") for shift in found.shifts] == [
        (1, "05:00", "07:30"),
        (2, "06:30", "12:00"),
    ]


# All zones


def test_nobody_is_missing_in_any_zone():
    """All zones over two years; with DUTY_SWEEP=1 all of 2020 to 2037."""
    years = sweep.YEARS if os.environ.get("DUTY_SWEEP") else range(2026, 2028)
    count = sweep.sweep(years)
    assert not count.wrong, count.wrong[:3]
    assert (count.zones, count.gaps) == (len(available_timezones()), 0)
    assert count.overlaps == count.meant > 0
    assert count.cases > 4 * count.zones


def test_the_sweep_knows_when_clocks_are_set():
    assert sweep.changes("Australia/Lord_Howe", range(2026, 2027)) == [
        sweep.Change(int(utc("2026-04-04 15:00").timestamp()), 39600, 37800),
        sweep.Change(int(utc("2026-10-03 15:30").timestamp()), 37800, 39600),
    ]
    assert [change.after - change.before for change in sweep.changes("Antarctica/Casey", range(2020, 2021))] == [
        -10800,
        10800,
    ]
