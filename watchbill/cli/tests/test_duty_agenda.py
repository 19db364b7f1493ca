"""A timeline cut into days: arrows over midnight, days of 23 and 25 hours, the bar of the hours. Pure."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill.cli.duty.agenda import Day, What, cells, clock, days, midnight
from watchbill.engine.duty.shifts import Gap, Shift, Timeline
from watchbill.engine.duty.walls import first, moment_of, zone_of

MADRID = "Europe/Madrid"
MONDAY = date(2026, 11, 23)


def at(wall: str, zone: str = MADRID) -> datetime:
    return moment_of(first(datetime.fromisoformat(wall), zone_of(zone)))


def shift(since: str, until: str, person: int = 1, zone: str = MADRID, **more: Any) -> Shift:
    return Shift(person, at(since, zone), at(until, zone), "rotation Daily", **more)


def cut(
    *shifts: Shift, day: date = MONDAY, count: int = 1, zone: str = MADRID, gaps: tuple[Gap, ...] = ()
) -> list[Day]:
    return days(Timeline(shifts, gaps), zone, day, count)


def test_what_crosses_midnight_points_over_it() -> None:
    (sunday, monday, tuesday, wednesday) = cut(
        shift("2026-11-22 18:00", "2026-11-24 09:00"), day=date(2026, 11, 22), count=4
    )
    assert [[line.time for line in day.lines] for day in (sunday, monday, tuesday, wednesday)] == [
        ["18:00 →"],
        ["all day"],
        ["→ 09:00"],
        [],
    ]


def test_what_ends_at_midnight_is_not_of_the_next_day() -> None:
    monday, tuesday = cut(shift("2026-11-23 18:00", "2026-11-24 00:00"), count=2)
    assert [line.time for line in monday.lines] == ["18:00–24:00"] and tuesday.lines == ()


def test_a_line_says_what_it_is_and_shadows_come_last() -> None:
    gap = Gap(at("2026-11-23 20:00"), at("2026-11-23 22:00"), "nobody")
    (monday,) = cut(
        shift("2026-11-23 00:00", "2026-11-24 00:00", 3, shadow=True),
        shift("2026-11-23 10:00", "2026-11-23 18:00"),
        shift("2026-11-23 18:00", "2026-11-23 20:00", 2, override=7),
        gaps=(gap,),
    )
    assert [(line.what, line.person, line.override) for line in monday.lines] == [
        (What.SHIFT, 1, 0),
        (What.OVERRIDE, 2, 7),
        (What.GAP, 0, 0),
        (What.SHADOW, 3, 0),
    ]


@pytest.mark.parametrize(
    ("zone", "day", "hours", "clocks"),
    [
        (MADRID, date(2026, 3, 29), 23, "23 h: at 02:00 CET the clock goes forward to 03:00 CEST"),
        (MADRID, date(2026, 10, 25), 25, "25 h: at 03:00 CEST the clock goes back to 02:00 CET"),
        (MADRID, date(2026, 10, 26), 24, ""),
        (
            "Australia/Lord_Howe",
            date(2026, 10, 4),
            23.5,
            "23.5 h: at 02:00 UTC+1030 the clock goes forward to 02:30 UTC+11",
        ),
        ("Pacific/Apia", date(2011, 12, 30), 0, "this day does not exist in Pacific/Apia"),
    ],
)
def test_days_whose_clock_changes_say_so(zone: str, day: date, hours: float, clocks: str) -> None:
    (found,) = cut(day=day, zone=zone)
    assert (found.hours, found.clocks) == (hours, clocks)


def test_a_time_that_comes_twice_names_its_zone() -> None:
    once = at("2026-10-25 02:30")
    assert [clock(each, MADRID) for each in (once, once + timedelta(hours=1), once + timedelta(hours=2))] == [
        "02:30 CEST",
        "02:30 CET",
        "03:30",
    ]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("09:00", "17:00", (9, 17)),
        ("00:00", "24:00", (0, 24)),
        ("09:30", "09:45", (9, 10)),
        ("17:59", "18:01", (17, 19)),
        ("23:59", "24:00", (23, 24)),
    ],
)
def test_a_bar_fills_every_hour_that_is_touched(since: str, until: str, expected: tuple[int, int]) -> None:
    end = "2026-11-24 00:00" if until == "24:00" else f"2026-11-23 {until}"
    (monday,) = cut(shift(f"2026-11-23 {since}", end))
    assert cells(monday.lines[0], MADRID, 24) == expected


@given(begins=st.integers(0, 30 * 60), length=st.integers(1, 60 * 60), many=st.sampled_from([24, 48]))
def test_lines_of_a_week_with_a_change_add_up_and_fit_the_bar(begins: int, length: int, many: int) -> None:
    since = midnight(date(2026, 10, 23), MADRID) + timedelta(minutes=begins)
    one = Shift(1, since, since + timedelta(minutes=length), "rotation Daily")
    lines = [line for day in cut(one, day=date(2026, 10, 23), count=7) for line in day.lines]
    assert sum(((line.until - line.since) for line in lines), timedelta()) == one.until - one.since
    for line in lines:
        start, end = cells(line, MADRID, many)
        assert 0 <= start < end <= many
