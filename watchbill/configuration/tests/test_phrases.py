"""Phrases for hand-offs and hours of duty: what is written reads as the same, and what is wrong is told."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill.configuration.phrases import (
    NO_DAY,
    in_order,
    read_hand_off,
    read_hours,
    same_turns,
    write_hand_off,
    write_hours,
)
from watchbill.configuration.problems import Refused
from watchbill.engine.duty.schedule import DAY, WEEK, HandOff, Hours, Unit
from watchbill.engine.duty.turns import begins, turn_at
from watchbill.engine.duty.walls import zone_of

WEEKDAYS = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))
WINDOWS = st.builds(Hours, st.integers(0, WEEK - 1), st.integers(1, WEEK))


@st.composite
def rules(draw: st.DrawFn) -> HandOff:
    unit = draw(st.sampled_from(Unit))
    return HandOff(
        unit,
        draw(st.just(NO_DAY) | st.dates(date(1970, 1, 1), date(2099, 12, 31))),
        draw(st.integers(1, 1000)),
        draw(st.integers(0, DAY - 1)),
        draw(WEEKDAYS) if unit is Unit.WEEK else (0,),
        draw(st.integers(1, 31)) if unit is Unit.MONTH else 1,
    )


@given(rules())
def test_a_hand_off_is_read_as_it_was_written(rule):
    assert read_hand_off(write_hand_off(rule)) == rule


@given(st.lists(WINDOWS, max_size=9))
def test_hours_are_read_as_they_were_written(windows):
    assert in_order(map(read_hours, write_hours(windows))) == in_order([windows])


@given(st.lists(WINDOWS, min_size=1, max_size=9))
def test_no_more_phrases_are_written_than_there_are_windows_of_one_length(windows):
    assert len(write_hours(windows)) <= len({(one.begins % DAY, one.length) for one in windows}) + sum(
        one.length > DAY for one in windows
    )


@pytest.mark.parametrize(
    ("phrase", "written"),
    [
        ("every 12 hours from 08:00", None),
        ("hourly from 00:00", "every hour from 00:00"),
        ("every day at 9:00", "every day at 09:00"),
        ("Daily at 09:00", "every day at 09:00"),
        ("every 3 days at 09:00 counted from 2026-11-23", None),
        ("every 1 weeks on monday at 09:00", "every week on monday at 09:00"),
        ("weekly on Mon at 09:00", "every week on monday at 09:00"),
        ("every 2 weeks on thu and monday at 09:00", "every 2 weeks on monday and thursday at 09:00"),
        ("every week on mon, wed, and fri at 09:00", "every week on monday, wednesday and friday at 09:00"),
        ("every month on day 31 at 00:00", None),
        ("monthly on day 1 at 09:00", "every month on day 1 at 09:00"),
    ],
)
def test_hand_offs_as_people_write_them(phrase, written):
    assert write_hand_off(read_hand_off(phrase)) == (written or phrase)


@pytest.mark.parametrize(
    ("phrase", "written"),
    [
        ("mon-fri 09:00-17:00", None),
        ("sat,sun 00:00-24:00", None),
        ("sat, sun 00:00 - 00:00", "sat,sun 00:00-24:00"),
        ("fri 20:00-mon 08:00", None),
        ("daily 22:00-06:00", None),
        ("daily 08:00-08:00", None),
        ("Monday-Friday 9:00-17:30", "mon-fri 09:00-17:30"),
        ("fri-mon 22:00-06:00", "mon,fri-sun 22:00-06:00"),
        ("sun 20:00-mon 08:00", "sun 20:00-08:00"),
        ("mon 00:00-sun 24:00", "mon 00:00-mon 00:00"),
    ],
)
def test_hours_as_people_write_them(phrase, written):
    assert write_hours(read_hours(phrase)) == [written or phrase]


def test_what_hours_mean():
    assert read_hours("sat 22:00-06:00") == (Hours(5 * DAY + 22 * 60, 8 * 60),)
    assert read_hours("sun 22:00-06:00") == (Hours(6 * DAY + 22 * 60, 8 * 60),), "over the end of the week"
    assert read_hours("fri 20:00-mon 08:00") == (Hours(4 * DAY + 20 * 60, 60 * 60),)
    assert read_hours("mon 08:00-08:00") == (Hours(8 * 60, DAY),), "from a time to the same is 24 hours"


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("", "'' is no hand-off."),
        ("every 0 weeks on monday at 09:00", "'every 0 weeks' would be a turn of no length. Write it as every week on monday at 09:00."),
        ("every -1 days at 09:00", "'every -1 days' would be a turn of no length."),
        ("every 1001 days at 09:00", "'every 1001 days' is longer than 1000, which is the most."),
        ("every week on mnday at 09:00", "'mnday' is no weekday. Did you mean monday?"),
        ("every week on monday and mon at 09:00", "'monday' stands here twice. Leave one."),
        ("every week at 09:00", "does not say on which weekday. Write it as every week on monday at 09:00."),
        ("every week on monday", "does not say at what time. Write it as every week on monday at 09:00."),
        ("every day at 25:00", "'25:00' is no time of day, which is 00:00 to 23:59."),
        ("every day at 24:00", "'24:00' is no time of day"),
        ("every day at noon", "'noon' is no time of day"),
        ("every day on monday at 09:00", "names days, which only weeks and months have."),
        ("every fortnight at 09:00", "'fortnight' is not hours, days, weeks or months."),
        ("every wek on monday at 09:00", "'wek' is not hours, days, weeks or months. Did you mean week?"),
        ("every month on day 32 at 09:00", "It does not say on which day of the month, 1 to 31."),
        ("every month at 09:00", "It does not say on which day of the month, 1 to 31."),
        ("every day at 09:00 counted from monday", "'monday' is no day. Write it as 2026-11-23."),
        ("every day at 09:00 counted from 9999-01-01", "is too far away"),
    ],
)  # fmt: skip
def test_a_bad_hand_off_says_what_would_do(phrase, said):
    with pytest.raises(Refused) as caught:
        read_hand_off(phrase)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("", "'' are no hours of duty. Write them as mon-fri 09:00-17:00,"),
        ("mon-fri", "'mon-fri' are no hours of duty."),
        ("09:00-17:00", "are no hours of duty."),
        ("sat", "Between [ and ], put what holds a comma into quotes."),
        ("mon-fri 09:00-25:00", "'25:00' is no time of day, which is 00:00 to 24:00."),
        ("mon-fri 24:00-08:00", "'24:00' is no time of day, which is 00:00 to 23:59."),
        ("mnday 09:00-17:00", "'mnday' is no weekday. Did you mean monday?"),
        ("fri 20:00-mnd 08:00", "'mnd' is no weekday."),
    ],
)
def test_bad_hours_say_what_would_do(phrase, said):
    with pytest.raises(Refused) as caught:
        read_hours(phrase)
    assert said in str(caught.value)


@given(st.text("every day wk-0123:,on at m", max_size=30) | st.text(max_size=20))
def test_any_text_is_read_or_refused_and_breaks_nothing(text):
    for read in (read_hand_off, read_hours):
        with suppress(Refused):
            read(text)


@given(
    rules(), st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 40), st.integers(1_500_000_000, 1_900_000_000)
)
def test_rules_that_count_from_another_day_are_the_same_when_they_hand_off_at_the_same_times(rule, day, apart, at):
    one = HandOff(rule.unit, day, rule.every % 5 + 1, rule.at, rule.weekdays, rule.day)
    other = HandOff(rule.unit, date.fromordinal(day.toordinal() + apart), one.every, rule.at, rule.weekdays, rule.day)
    zone = zone_of("UTC")
    times = [[begins(each, turn_at(each, at, zone) + number, zone) for number in range(8)] for each in (one, other)]
    assert same_turns(one, other) == (times[0] == times[1])
