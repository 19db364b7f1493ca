"""Rules: the same times as dateutil names when it walks all the way, and never for long."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import takewhile

import pytest
from dateutil.rrule import _iterinfo, rrulestr
from hypothesis import given
from hypothesis import strategies as st
from icalendar.prop.recur import vRecur

from watchbill.engine.tests.profile import BOUNDED
from watchbill.oncall.calendars import repeat
from watchbill.oncall.calendars.events import BadEvent
from watchbill.oncall.calendars.lines import Unreadable
from watchbill.oncall.calendars.repeat import CYCLE, Meter, repeated


def wall(text: str) -> datetime:
    """As a clock shows it: naive."""
    return datetime.fromisoformat(text)


BEGIN, END = wall("2026-09-01"), wall("2027-11-01")
EVERY_HOUR = "BYHOUR=" + ",".join(map(str, range(24)))
EVERY_SECOND = f"{EVERY_HOUR};BYMINUTE={','.join(map(str, range(60)))};BYSECOND={','.join(map(str, range(60)))}"
NEVER = "BYMONTH=2;BYMONTHDAY=30"


def times(rule: str, start: datetime, meter: Meter | None = None) -> list[datetime]:
    return list(repeated(vRecur.from_ical(rule), start, UTC, BEGIN, END, meter or Meter()))


@pytest.fixture
def iterations(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often dateutil has gone on to the next year, month, week or day."""
    count = [0]

    def counted(real: Callable) -> Callable:
        def call(*given):
            count[0] += 1
            return real(*given)

        return call

    for name in ("ydayset", "mdayset", "wdayset", "ddayset"):
        monkeypatch.setattr(_iterinfo, name, counted(getattr(_iterinfo, name)))
    return count


@st.composite
def rules(draw: st.DrawFn) -> str:
    often = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={often}", f"INTERVAL={draw(st.integers(1, 5))}"]
    extra = {
        "DAILY": ["BYDAY=MO,TU,WE", "BYMONTH=1,6,10", "BYHOUR=9,21"],
        "WEEKLY": ["BYDAY=MO,WE,SU", "BYDAY=SA,SU;BYSETPOS=-1", "BYDAY=TU;WKST=SU", "BYDAY=SU,MO;WKST=SU"],
        "MONTHLY": ["BYDAY=1MO", "BYDAY=-1FR", "BYMONTHDAY=-1", "BYMONTHDAY=1,15", "BYDAY=MO,TU;BYSETPOS=2"],
        "YEARLY": ["BYMONTH=3,11", "BYMONTH=10;BYDAY=-1SU", "BYWEEKNO=1,20,53", "BYYEARDAY=1,-1", "BYDAY=20MO"],
    }[often]
    parts += draw(st.lists(st.sampled_from(extra), max_size=1))
    parts += draw(
        st.lists(
            st.sampled_from(["COUNT=3", "COUNT=700", "UNTIL=20270301T090000", "UNTIL=20200101T090000"]), max_size=1
        )
    )
    return ";".join(parts)


@BOUNDED
@given(rule=rules(), day=st.integers(0, 9_700), hour=st.integers(0, 23))
def test_the_short_way_comes_to_the_same_times_as_the_long_way(rule, day, hour):
    start = wall("2001-01-01") + timedelta(days=day, hours=hour)
    walked = takewhile(lambda one: one <= END, rrulestr(rule, dtstart=start))
    assert times(rule, start) == [one for one in walked if one >= BEGIN]


def test_the_29th_of_february_comes_when_it_comes():
    found = repeated(vRecur.from_ical("FREQ=YEARLY"), wall("2000-02-29"), UTC, BEGIN, wall("2033-01-01"), Meter())
    assert [f"{one:%Y-%m-%d}" for one in found] == ["2028-02-29", "2032-02-29"]


@pytest.mark.parametrize("rule", [f"FREQ={often};{NEVER}" for often in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")])
@pytest.mark.parametrize("end", ["", ";COUNT=5", ";UNTIL=20990101T000000Z"])
def test_a_rule_that_names_no_day_is_given_up_after_one_cycle_of_the_calendar(rule, end, iterations):
    with pytest.raises(BadEvent, match="RRULE: it names no day at all"):
        times(rule + end, wall("2026-10-01 09:00"))
    assert 0 < iterations[0] <= (CYCLE + 1) * 366


@pytest.mark.parametrize(
    "rule",
    [
        f"FREQ=DAILY;{EVERY_SECOND}",
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=1000",
        f"FREQ=HOURLY;{NEVER}",
        f"FREQ=YEARLY;INTERVAL=0;{NEVER}",
        f"FREQ=YEARLY;INTERVAL=-1;{NEVER}",
        "FREQ=DAILY;INTERVAL=2147483647",
        f"FREQ=YEARLY;{NEVER};BYSETPOS={','.join(map(str, range(1, 367)))}",
        f"FREQ=YEARLY;BYYEARDAY={','.join(map(str, range(1, 367)))}",
        "FREQ=YEARLY;BYEASTER=1",
    ],
)
def test_a_rule_that_is_meant_to_harm_is_refused_before_its_first_step(rule, iterations):
    with pytest.raises(BadEvent, match=r"^RRULE: "):
        times(rule, wall("2026-10-01 09:00"))
    assert iterations == [0]


@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY"])
def test_what_began_long_ago_is_not_walked_through(rule, iterations):
    assert times(rule, wall("1900-01-01 09:00"))
    assert iterations[0] <= (END - BEGIN).days + 3


def test_what_is_over_takes_no_step(iterations):
    assert times("FREQ=DAILY;UNTIL=20260101T000000Z", wall("1900-01-01")) == []
    assert times("FREQ=DAILY", wall("2030-01-01")) == []
    assert iterations == [0]


def test_the_rules_of_a_calendar_share_what_they_may_cost(monkeypatch, iterations):
    monkeypatch.setattr(repeat, "MOST_STEPS", 50_000)
    meter = Meter()
    many = f"FREQ=DAILY;{EVERY_HOUR};COUNT=1000"

    def read_all() -> None:
        for _ in range(200):
            assert len(times(many, BEGIN, meter)) == 1000

    with pytest.raises(Unreadable, match=r"RRULE: the repeating events .* more than 50,000 days"):
        read_all()
    assert iterations[0] <= 50_000
