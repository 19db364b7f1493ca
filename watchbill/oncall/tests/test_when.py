"""Times as people write them, among them those that the clock leaves out or shows twice."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill.oncall.when import Unclear, parse_when, shown, shown_span

MADRID = "Europe/Madrid"
FRIDAY = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)  # 16:30 in Madrid

TWICE = (
    "02:30 comes twice on 2026-10-25 in Europe/Madrid; the first is meant, CEST. "
    "For the second write 2026-10-25T02:30:00+01:00."
)


def meant(text: str, *, zone: str = MADRID, now: datetime = FRIDAY, after: datetime | None = None) -> str:
    return shown(parse_when(text, zone=zone, now=now, after=after).at, zone)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "Fri 2026-11-27 16:30 CET"),
        ("18:00", "Fri 2026-11-27 18:00 CET"),
        ("16:30", "Fri 2026-11-27 16:30 CET"),
        ("9:05", "Sat 2026-11-28 09:05 CET"),
        ("24:00", "Sat 2026-11-28 00:00 CET"),
        ("Friday 18:00", "Fri 2026-11-27 18:00 CET"),
        ("fri 16:00", "Fri 2026-12-04 16:00 CET"),
        ("  Sunday   02:00 ", "Sun 2026-11-29 02:00 CET"),
        ("Sunday", "Sun 2026-11-29 00:00 CET"),
        ("Thursday 24:00", "Fri 2026-12-04 00:00 CET"),
        ("today 09:00", "Fri 2026-11-27 09:00 CET"),
        ("Tomorrow 18:00", "Sat 2026-11-28 18:00 CET"),
        ("yesterday", "Thu 2026-11-26 00:00 CET"),
        ("2026-12-01 18:00", "Tue 2026-12-01 18:00 CET"),
        ("2026-12-01T18:00", "Tue 2026-12-01 18:00 CET"),
        ("2026-12-01", "Tue 2026-12-01 00:00 CET"),
        ("2026-12-01T18:00+00:00", "Tue 2026-12-01 19:00 CET"),
        ("2026-12-01 18:00 -0500", "Wed 2026-12-02 00:00 CET"),
        ("2026-12-01T18:00:30z", "Tue 2026-12-01 19:00:30 CET"),
    ],
)
def test_a_time_is_what_people_mean_by_it(text: str, expected: str) -> None:
    assert meant(text) == expected


def test_an_end_comes_after_its_beginning() -> None:
    tuesday = parse_when("Tue 18:00", zone=MADRID, now=FRIDAY).at
    assert meant("22:00", after=tuesday) == "Tue 2026-12-01 22:00 CET"
    assert meant("18:00", after=tuesday) == "Wed 2026-12-02 18:00 CET"
    assert meant("08:00", after=tuesday) == "Wed 2026-12-02 08:00 CET"
    assert meant("Tuesday 18:00", after=tuesday) == "Tue 2026-12-08 18:00 CET"
    assert meant("tomorrow 08:00", after=tuesday) == "Sat 2026-11-28 08:00 CET"


def test_the_day_is_that_of_the_zone() -> None:
    late = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
    assert meant("today 12:00", zone="Asia/Kathmandu", now=late) == "Sat 2026-11-28 12:00 UTC+0545"
    assert meant("tomorrow", zone="America/New_York", now=late) == "Sat 2026-11-28 00:00 EST"


@pytest.mark.parametrize(
    ("text", "zone", "at", "told"),
    [
        (
            "2026-03-29 02:30",
            MADRID,
            "2026-03-29 01:00",
            "02:30 does not exist on 2026-03-29 in Europe/Madrid; 03:00 is meant.",
        ),
        (
            "2026-10-04 02:15",
            "Australia/Lord_Howe",
            "2026-10-03 15:30",
            "02:15 does not exist on 2026-10-04 in Australia/Lord_Howe; 02:30 is meant.",
        ),
        (
            "2011-12-30 12:00",
            "Pacific/Apia",
            "2011-12-30 10:00",
            "12:00 does not exist on 2011-12-30 in Pacific/Apia; 2011-12-31 00:00 is meant.",
        ),
        (
            "2026-10-25 02:30",
            MADRID,
            "2026-10-25 00:30",
            TWICE,
        ),
        ("2026-10-25T02:30:00+01:00", MADRID, "2026-10-25 01:30", ""),
        ("2026-03-29 03:00", MADRID, "2026-03-29 01:00", ""),
        ("2026-10-25 03:00", MADRID, "2026-10-25 02:00", ""),
    ],
)
def test_what_the_clock_leaves_out_or_shows_twice_is_told(text: str, zone: str, at: str, told: str) -> None:
    when = parse_when(text, zone=zone, now=FRIDAY)
    assert (f"{when.at:%Y-%m-%d %H:%M}", when.told) == (at, told)


def test_a_time_that_comes_twice_and_has_come_once_is_the_second() -> None:
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    when = parse_when("02:30", zone=MADRID, now=between)
    assert when.at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert when.told.endswith("the second is meant, CET, since the first is over.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'' is no time. Write it as"),
        ("Sundey 02:00", "'Sundey 02:00' is no time. Did you mean Sunday? Write it as"),
        ("tommorow 18:00", "Did you mean tomorrow?"),
        ("su 02:00", "is no time"),
        ("next Sunday 02:00", "is no time"),
        ("6pm", "is no time"),
        ("25:00", "'25:00' is on no clock; hours go from 00:00 to 24:00."),
        ("24:01", "is on no clock"),
        ("Sunday 12:60", "is on no clock"),
        ("2026-13-01 18:00", "month must be in 1..12"),
        ("2026-02-30", "day is out of range for month"),
        ("2026-12-01T18:00+99:00", "is no time"),
        ("9999-12-31 24:00", "past the end of the calendar"),
        ("0001-01-01 00:00", "in a year that no schedule reaches"),
        ("x" * 500, "…' is no time."),
    ],
)
def test_what_is_no_time_is_refused_with_what_would_do(text: str, said: str) -> None:
    with pytest.raises(Unclear) as refused:
        parse_when(text, zone=MADRID, now=FRIDAY)
    assert said in str(refused.value) and len(str(refused.value)) < 300


@given(
    minutes=st.integers(0, 24 * 60 - 1),
    seconds=st.integers(0, 17 * 365 * 86400),
    zone=st.sampled_from([MADRID, "Australia/Lord_Howe", "Africa/Casablanca", "America/New_York", "Asia/Gaza"]),
)
def test_a_time_alone_is_the_next_one_on_any_day(minutes: int, seconds: int, zone: str) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    when = parse_when(text, zone=zone, now=now)
    assert now <= when.at <= now + timedelta(hours=26)
    assert when.told.count("does not exist") or f"{text} " in shown(when.at, zone)


def test_a_span_names_its_zone_once_unless_it_changes() -> None:
    at = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
    assert shown_span(at, at + timedelta(hours=4), MADRID) == "Tue 2026-12-01 18:00–22:00 CET"
    assert shown_span(at, at + timedelta(hours=14), MADRID) == "Tue 2026-12-01 18:00 – Wed 2026-12-02 08:00 CET"
    night = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    assert shown_span(night, night + timedelta(hours=2), MADRID) == "Sun 2026-03-29 01:00 CET–04:00 CEST"
