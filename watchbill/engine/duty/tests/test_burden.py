"""Hours on duty, by what they are in each person's own zone, against a minute-by-minute reckoning."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill.engine.duty.burden import Burden, Day, burdens
from watchbill.engine.duty.pay import KINDS, Rates, worked
from watchbill.engine.duty.shifts import Shift
from watchbill.engine.tests.profile import BOUNDED

ANA, BO = 1, 2
MADRID, NEW_YORK, LORD_HOWE = "Europe/Madrid", "America/New_York", "Australia/Lord_Howe"
HOUR = 3600
RATES = Rates(
    {"holiday": Decimal(40), "weekend": Decimal(30), "sleep": Decimal(20), "business": Decimal(5), "off": Decimal(10)},
    "EUR",
)


def shift(since: str, until: str, person: int = ANA, zone: str = MADRID, **rest) -> Shift:
    begins, ends = (
        datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for text in (since, until)
    )
    return Shift(person, begins, ends, "rotation weekly", **rest)


def of(*shifts: Shift, **day) -> Burden:
    (found,) = burdens(shifts, {ANA: Day(**{"zone": MADRID, **day})})
    return found


def naive(shifts: list[Shift], day: Day) -> dict[str, int]:
    """Walks every minute and looks at the clock on the wall."""
    minutes: set[datetime] = set()
    for one in shifts:
        at = one.since
        while at < one.until:
            minutes.add(at)
            at += timedelta(minutes=1)
    count = dict.fromkeys(("business", "off", "sleep", "weekend", "holiday", *(f"paid {kind}" for kind in KINDS)), 0)
    for minute in minutes:
        local = minute.astimezone(ZoneInfo(day.zone))
        holiday, weekend = local.date() in day.holidays, local.weekday() >= 5
        asleep = local.hour >= 22 or local.hour < 7
        business = not holiday and not weekend and 9 <= local.hour < 17
        kind = "sleep" if asleep else "business" if business else "off"
        count[kind] += 60
        count["weekend"] += 60 * weekend
        count["holiday"] += 60 * holiday
        count[f"paid {'holiday' if holiday else 'weekend' if weekend else kind}"] += 60
    return count


def test_a_working_day_and_its_night():
    found = of(shift("2026-11-24 09:00", "2026-11-25 09:00"))
    assert (found.seconds, found.business, found.off, found.sleep) == (24 * HOUR, 8 * HOUR, 7 * HOUR, 9 * HOUR)
    assert (found.weekend, found.holiday, found.shifts, found.longest) == (0, 0, 1, 24 * HOUR)


def test_the_same_hours_are_other_hours_for_somebody_elsewhere():
    day = shift("2026-11-24 09:00", "2026-11-24 17:00")
    (found,) = burdens([day], {ANA: Day(NEW_YORK)})
    assert (found.business, found.off, found.sleep) == (2 * HOUR, 2 * HOUR, 4 * HOUR)


def test_a_holiday_is_no_business():
    found = of(shift("2026-12-08 09:00", "2026-12-08 17:00"), holidays=frozenset({date(2026, 12, 8)}))
    assert (found.business, found.off, found.holiday) == (0, 8 * HOUR, 8 * HOUR)


@pytest.mark.parametrize(("night", "hours"), [("2026-10-24", 10), ("2026-03-28", 8), ("2026-11-24", 9)])
def test_the_night_on_which_the_clock_changes_is_as_long_as_it_is(night, hours):
    begins = datetime.fromisoformat(f"{night} 22:00")
    found = of(shift(str(begins), str(begins + timedelta(hours=9))))
    assert (found.sleep, found.seconds) == (hours * HOUR, hours * HOUR)


def test_an_hour_in_two_schedules_is_an_hour_and_a_shadow_has_none():
    one = shift("2026-11-24 09:00", "2026-11-24 12:00")
    found = of(
        one,
        one,
        shift("2026-11-24 11:00", "2026-11-24 13:00"),
        shift("2026-11-24 14:00", "2026-11-24 16:00", shadow=True),
    )
    assert (found.seconds, found.shadow, found.shifts, found.longest) == (4 * HOUR, 2 * HOUR, 3, 4 * HOUR)


def test_the_heaviest_comes_first():
    shifts = [shift("2026-11-24 09:00", "2026-11-24 10:00"), shift("2026-11-24 09:00", "2026-11-24 12:00", BO)]
    assert [found.person for found in burdens(shifts, {})] == [BO, ANA]


def test_each_hour_is_paid_once_by_the_first_rate_that_applies():
    # From Saturday noon over a holiday on Sunday until Monday noon.
    day = Day(MADRID, frozenset({date(2026, 11, 1)}))
    (found,) = worked([shift("2026-10-31 12:00", "2026-11-02 12:00")], {ANA: day})
    assert {kind: seconds // HOUR for kind, seconds in found.seconds.items()} == {
        "holiday": 24, "weekend": 12, "sleep": 7, "business": 3, "off": 2,
    }  # fmt: skip
    assert found.pay(RATES) == Decimal("1495.00")


def test_pay_is_to_the_cent():
    (found,) = worked([shift("2026-11-24 09:00", "2026-11-24 09:20")], {ANA: Day(MADRID)})
    assert found.pay(Rates({"business": Decimal("10.01")})) == Decimal("3.34")


STARTS = st.integers(0, 30 * 24 * 60).map(
    lambda minutes: datetime(2026, 10, 10, tzinfo=UTC) + timedelta(minutes=minutes)
)
SHIFTS = st.lists(
    st.builds(
        lambda since, minutes: Shift(ANA, since, since + timedelta(minutes=minutes), "r"), STARTS, st.integers(1, 3000)
    ),
    min_size=1,
    max_size=4,
)
DAYS = st.builds(
    Day,
    st.sampled_from([MADRID, NEW_YORK, LORD_HOWE, "Asia/Kathmandu", "UTC"]),
    st.frozensets(st.integers(0, 40).map(lambda day: date(2026, 10, 10) + timedelta(days=day)), max_size=3),
)


@BOUNDED
@given(shifts=SHIFTS, day=DAYS)
def test_it_is_what_walking_every_minute_says(shifts, day):
    (found,) = burdens(shifts, {ANA: day})
    expected = naive(shifts, day)
    assert {kind: getattr(found, kind) for kind in ("business", "off", "sleep", "weekend", "holiday")} == {
        kind: expected[kind] for kind in ("business", "off", "sleep", "weekend", "holiday")
    }
    assert found.business + found.off + found.sleep == found.seconds
    (paid,) = worked(shifts, {ANA: day})
    assert dict(paid.seconds) == {kind: expected[f"paid {kind}"] for kind in KINDS}
    assert paid.total == found.seconds
