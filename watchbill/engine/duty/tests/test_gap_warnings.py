"""When a gap is told to those who look after the schedule."""

from watchbill.engine.duty.notices import MOST_GAPS, Readers
from watchbill.engine.duty.schedule import Rotation, Schedule
from watchbill.engine.duty.tests.primary import (
    ANA,
    BO,
    CY,
    DI,
    NAMES,
    READERS,
    THREE_DAYS,
    always,
    due,
    instant,
    override,
    primary,
    told_over,
    weekly,
)


def gone_on_tuesday() -> Schedule:
    return primary(overrides=[override(1, "remove", "2026-12-01 10:00", "2026-12-01 12:00", instead_of=ANA)])


def gap(stage: str, wall: str = "2026-12-01 10:00", person: int = CY) -> str:
    return f"gap 7 {person} {instant(wall)} {stage}"


def test_a_gap_is_told_with_its_lead_and_a_day_and_an_hour_before_and_when_it_begins() -> None:
    told = told_over(always(gone_on_tuesday()), "2026-11-28 09:00", "2026-12-01 11:00", minutes=15)
    assert [(when, key) for when, key in told if key.startswith("gap")] == [
        ("01 09:00", gap("3600")),
        ("01 10:00", gap("now")),
        ("28 10:00", gap("lead")),
        ("30 10:00", gap("86400")),
    ]


def test_it_says_when_how_long_and_why() -> None:
    (warning,) = due(gone_on_tuesday(), "2026-11-29 00:00")
    assert warning.person == CY
    assert warning.subject == "Nobody is on duty in Primary from Tue 2026-12-01 10:00 CET"
    assert "There is a gap: Tue 2026-12-01 10:00–12:00 CET, 2 h.\nWhy: override takes Ana off duty." in warning.body


def test_a_gap_that_somebody_filled_is_not_told_again() -> None:
    filled = primary(
        overrides=[*gone_on_tuesday().overrides, override(2, "add", "2026-12-01 10:00", "2026-12-01 12:00", person=DI)]
    )
    assert due(filled, "2026-11-30 10:00", kind="gap") == []


def test_a_gap_that_opens_late_is_told_at_once() -> None:
    assert [one.key for one in due(gone_on_tuesday(), "2026-12-01 09:40", kind="gap")] == [gap("3600")]
    assert [one.key for one in due(gone_on_tuesday(), "2026-12-01 10:30", kind="gap")] == [gap("now")]


def test_a_gap_that_is_over_or_old_is_not_told() -> None:
    assert due(gone_on_tuesday(), "2026-12-01 12:00", kind="gap") == []
    assert due(gone_on_tuesday(), "2026-12-01 11:30", kind="gap") == []


def test_a_schedule_without_anybody_is_not_told_minute_after_minute() -> None:
    empty = primary(Rotation(1, "Weekly", (weekly(),)))
    assert told_over(always(empty), "2026-12-01 10:00", "2026-12-01 11:00") == []


def test_a_gap_without_an_end_in_sight_says_how_long_it_lasts_at_least() -> None:
    ending = primary(Rotation(1, "Weekly", (weekly(ANA, BO),), ends=instant("2026-12-02 09:00")))
    (warning,) = due(ending, "2026-12-01 09:00", kind="gap")
    assert "There is a gap from Wed 2026-12-02 09:00 CET on, for " in warning.body
    assert " at least." in warning.body


def test_the_lead_is_the_schedules_own() -> None:
    day = Readers(NAMES, READERS.zones, {7: (CY,)}, {7: 12 * 3600})
    assert due(gone_on_tuesday(), "2026-11-30 21:59", day) == []
    assert [one.key for one in due(gone_on_tuesday(), "2026-11-30 22:00", day)] == [gap("86400")]
    assert due(gone_on_tuesday(), "2026-12-01 09:30", Readers(NAMES, READERS.zones, {7: (CY,)})) == []


def test_everybody_who_looks_after_it_is_told_and_nobody_drowns() -> None:
    holes = [
        override(n + 1, "remove", f"2026-12-01 {10 + n}:00", f"2026-12-01 {10 + n}:30", instead_of=ANA)
        for n in range(8)
    ]
    readers = Readers(NAMES, READERS.zones, {7: (CY, DI)}, {7: THREE_DAYS})
    told = due(primary(overrides=holes), "2026-11-29 10:00", readers)
    assert len(told) == 2 * MOST_GAPS
    assert {one.person for one in told} == {CY, DI}


def test_a_schedule_that_was_removed_is_not_looked_after_any_more() -> None:
    readers = Readers(NAMES, READERS.zones, {7: (CY,)}, {})
    removed = primary(Rotation(1, "Weekly", (weekly(ANA, BO),), ends=instant("2026-12-01 10:00")))
    assert due(removed, "2026-12-01 10:10", readers, "gap") == []
    assert [one.person for one in due(removed, "2026-12-01 10:10", readers)] == [ANA]
