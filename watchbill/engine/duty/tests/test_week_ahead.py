"""The week ahead, told on Sunday evening."""

from watchbill.engine.duty.notices import Readers, duty_in_week, week_ahead, weeks_due
from watchbill.engine.duty.schedule import Fixed, Rotation
from watchbill.engine.duty.tests.primary import ANA, BERLIN, BO, CY, NAMES, READERS, instant, override, primary, weekly
from watchbill.engine.duty.walls import moment_of


def weeks(when: str, zones: dict[int, str]) -> dict[int, tuple[int, ...]]:
    return weeks_due(Readers(NAMES, zones), now=moment_of(instant(when)))


def test_the_week_ahead_is_told_on_sunday_evening_where_the_person_lives() -> None:
    zones = {ANA: BERLIN, BO: "America/Chicago"}
    assert weeks("2026-11-29 17:59", zones) == {}
    assert weeks("2026-11-29 18:00", zones) == {instant("2026-11-29 18:00"): (ANA,)}
    assert weeks("2026-11-29 18:59", zones) == {instant("2026-11-29 18:00"): (ANA,)}
    assert weeks("2026-11-29 19:00", zones) == {}
    assert weeks("2026-11-30 01:00", zones) == {instant("2026-11-29 18:00", "America/Chicago"): (BO,)}


def test_no_other_day_of_the_week_tells_it() -> None:
    sunday = instant("2026-11-29 18:00")
    found = [
        now for now in range(sunday - 6 * 86400, sunday + 7 * 86400, 1800) if weeks_due(READERS, now=moment_of(now))
    ]
    assert found == [sunday, sunday + 1800]


def test_on_the_days_on_which_the_clock_is_set_it_comes_once() -> None:
    """Sunday 29 March has 23 hours in Berlin, Sunday 25 October has 25."""
    for day in ("2026-03-29", "2026-10-25"):
        start = instant(f"{day} 00:00")
        found = {
            begins
            for now in range(start, start + 30 * 3600, 600)
            for begins in weeks_due(Readers(NAMES, {ANA: BERLIN}), now=moment_of(now))
        }
        assert found == {instant(f"{day} 18:00")}


def test_the_week_ahead_lists_what_the_person_has() -> None:
    begins = instant("2026-11-29 18:00")
    schedule = primary(
        overrides=[override(1, "replace", "2026-12-02 18:00", "2026-12-02 22:00", person=BO, instead_of=ANA)]
    )
    duty = duty_in_week(schedule, begins)
    assert set(duty) == {ANA, BO}
    ana = week_ahead(ANA, begins, {"Primary": duty[ANA]}, READERS)
    assert (ana.key, ana.subject) == (f"week {ANA} {begins}", "Your duty in the week ahead: 2 times")
    assert ana.body.splitlines() == [
        "Mon 2026-11-30 09:00 – Wed 2026-12-02 18:00 CET: Primary, 2 d 9 h",
        "Wed 2026-12-02 22:00 – Mon 2026-12-07 09:00 CET: Primary, 4 d 11 h",
        "Times are those of Europe/Berlin.",
    ]
    bo = week_ahead(BO, begins, {"Primary": duty[BO]}, READERS)
    assert bo.body.splitlines()[:2] == [
        "now, until Mon 2026-11-30 09:00 CET: Primary, 15 h",
        "Wed 2026-12-02 18:00–22:00 CET: Primary, 4 h",
    ]


def test_who_has_no_duty_in_it_is_not_in_the_week() -> None:
    fixed = (Fixed(instant("2026-12-07 09:00"), instant("2026-12-08 09:00"), (CY,)),)
    schedule = primary(Rotation(1, "Calendar", fixed=fixed))
    assert duty_in_week(schedule, instant("2026-11-29 18:00")) == {}
    assert set(duty_in_week(schedule, instant("2026-12-06 18:00"))) == {CY}


def test_duty_without_an_end_in_the_week_ahead() -> None:
    begins = instant("2026-11-29 18:00")
    duty = duty_in_week(primary(Rotation(1, "Weekly", (weekly(ANA),))), begins)
    assert week_ahead(ANA, begins, {"Primary": duty[ANA]}, READERS).body.startswith("All the time: Primary")
