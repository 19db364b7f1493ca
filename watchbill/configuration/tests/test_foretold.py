"""What `plan` says of duty before anything is applied; and that what is foreseen is what nodes then know."""

from __future__ import annotations

from datetime import timedelta

import pytest

from watchbill.configuration.asking import check
from watchbill.configuration.render import as_json
from watchbill.configuration.tests.rota import MONDAY, PEOPLE, ROTA, WEDNESDAY
from watchbill.engine.duty.shifts import shifts

HAND_OFF = "        hand_off: every week on monday at 09:00\n"


def lines(plan, schedule="Primary"):
    return next((moved.lines for moved in plan.moved if moved.schedule == schedule), ())


def warnings(plan):
    return [f"{warning.place.path}: {warning.message}" for warning in plan.warnings]


def of_hours(*windows: str) -> str:
    return ROTA.replace(HAND_OFF, f"{HAND_OFF}        hours: [{', '.join(windows)}]\n")


# who gains, who loses


def test_a_new_schedule_tells_who_is_on_duty_first(house):
    house.database.set_clock(MONDAY)
    (moved,) = house.plan(ROTA).moved
    assert (moved.schedule, moved.zone) == ("Primary", "Europe/Madrid")
    assert moved.lines == (
        "ana@example.org gains 7d: Mon 2026-11-30 09:00 – Mon 2026-12-07 09:00 CET",
        "bo@example.org gains 7d: Mon 2026-12-07 09:00 – Mon 2026-12-14 09:00 CET",
    )


def test_an_edit_tells_who_gains_and_who_loses_what_in_the_zone_of_the_schedule(rota):
    plan = rota.plan(ROTA.replace(PEOPLE, "ana@example.org, di@example.org, bo@example.org"))
    assert lines(plan) == (
        "bo@example.org loses 7d: Mon 2026-12-07 09:00 – Mon 2026-12-14 09:00 CET; gains 2d7h: Mon 2026-12-14 09:00 – Wed 2026-12-16 16:00 CET",
        "di@example.org gains 7d: Mon 2026-12-07 09:00 – Mon 2026-12-14 09:00 CET",
        "cy@example.org loses 2d7h: Mon 2026-12-14 09:00 – Wed 2026-12-16 16:00 CET",
    )
    assert as_json(plan)["on_duty"] == [
        {"schedule": "Primary", "time_zone": "Europe/Madrid", "moves": list(lines(plan))}
    ]


def test_what_moves_nobody_tells_nothing(rota):
    plan = rota.plan(ROTA.replace("    team: Payments\n", "    team: Payments\n    gap_warning: 1d\n"))
    assert len(plan.changes) == 1
    assert plan.moved == ()


def test_a_team_that_changes_moves_the_turns_that_it_has(rota):
    text = ROTA.replace(PEOPLE, "{team: Payments}")
    rota.apply(text)
    plan = rota.plan(text.replace("members: [ana@example.org, bo", "members: [cy@example.org, bo"))
    assert [line.split(":")[0] for line in lines(plan)] == [
        "ana@example.org loses 9d7h", "cy@example.org gains 9d7h",
    ]  # fmt: skip


def test_many_people_are_told_in_few_lines(rota):
    names = [f"p{number}@example.org" for number in range(9)]
    users = "".join(
        f"  - {{email: {name}, name: P, contact_methods: [{{name: m, channel: email, address: a@b}}]}}\n"
        for name in names
    )
    text = (
        ROTA.replace("schedules:\n", f"{users}schedules:\n")
        .replace(PEOPLE, ", ".join(names))
        .replace("week on monday", "day")
    )
    assert len(lines(rota.plan(text))) == 6
    assert lines(rota.plan(text))[-1] == "and 6 more people"


# gaps


def test_a_gap_in_the_next_30_days_is_a_warning_for_the_schedule_and_for_each_step_that_has_nobody_then(rota):
    plan = rota.plan(of_hours("daily 00:00-20:00"))
    assert lines(plan)[1] == "there is a gap of 2d8h: Wed 2026-12-02 20:00 – Thu 2026-12-03 00:00 CET and 13 more times"
    when = "Wed 2026-12-02 20:00 – Thu 2026-12-03 00:00 CET and 29 more times"
    assert warnings(plan) == [
        f"schedules › Primary: Nobody is on duty {when} in the next 30 days: no rotation has anybody on duty then.",
        f"escalation_policies › Payments › steps › #1: This step reaches nobody {when} in the next 30 days; the policy's fallback is paged then.",
    ]


def test_time_in_which_nobody_has_to_be_on_duty_is_no_gap_but_still_reaches_nobody(rota):
    text = of_hours("mon-fri 08:00-20:00").replace(
        "    rotations:\n", "    hours: [mon-fri 09:00-17:00]\n    rotations:\n"
    )
    (only,) = warnings(rota.plan(text))
    assert "This step reaches nobody Wed 2026-12-02 20:00 – Thu 2026-12-03 08:00 CET" in only
    not_then = text.replace("wait: 5m", "only: {hours: [mon-fri 08:00-20:00], time_zone: Europe/Madrid}")
    assert warnings(rota.plan(not_then)) == []


@pytest.mark.parametrize("more", ["[{schedule: Primary}, di@example.org]", "[{schedule: Primary}, {team: Payments}]"])
def test_a_step_with_somebody_else_always_reaches_somebody(rota, more):
    (only,) = warnings(rota.plan(of_hours("mon-fri 08:00-20:00").replace("[{schedule: Primary}]", more)))
    assert only.startswith("schedules › Primary: Nobody is on duty")


def test_a_step_that_pages_everyone_of_a_schedule_waits_for_no_duty(rota):
    (only,) = warnings(rota.plan(of_hours("mon-fri 08:00-20:00").replace("wait: 5m", "whom: everyone")))
    assert only.startswith("schedules › Primary: Nobody is on duty")


def test_a_person_on_duty_without_a_contact_method_is_nobody_to_a_step(rota):
    plan = rota.plan(
        ROTA.replace(
            "name: Bo, contact_methods: [{name: mail,", "name: Bo, contact_methods: [{name: mail, enabled: false,"
        )
    )
    assert any(
        "This step reaches nobody Mon 2026-12-07 09:00 – Mon 2026-12-14 09:00 CET and 1 more time" in said
        for said in warnings(plan)
    )


def test_a_policy_that_is_not_in_the_file_is_told_of_too(rota):
    only_schedule = of_hours("mon-fri 08:00-20:00").partition("escalation_policies")[0]
    assert any(
        "schedules › Primary: Step 1 of the escalation policy Payments reaches nobody" in said
        for said in warnings(rota.plan(only_schedule))
    )


def test_a_calendar_that_nobody_read_yet_is_told_and_no_gaps_are_guessed(rota):
    text = ROTA.replace(
        f"        people: [{PEOPLE}]\n{HAND_OFF}", "        calendar: https://calendars.example.org/x.ics\n"
    )
    told = "schedules › Primary: Its calendar was not read yet, so when nobody is on duty is not known."
    assert warnings(rota.plan(text)) == [told]
    rota.apply(text)
    rota.database.link.execute("UPDATE calendar SET fetched_at = app_now(), shifts = '[]'")
    assert "Nobody is on duty" in warnings(rota.plan(text))[0]


# advice


@pytest.mark.parametrize(
    ("hand_off", "windows", "better"),
    [
        ("every day at 00:00", "daily 20:00-08:00", "20:00"),
        ("every week on monday at 02:00", "sun-thu 22:00-06:00", "22:00"),
        ("every day at 20:00", "daily 20:00-08:00", None),
        ("every week on monday at 09:00", "daily 20:00-08:00", None),
        ("every week on wednesday at 00:00", "'fri,sat 20:00-08:00'", None),
        ("every day at 12:00", "mon-fri 09:00-17:00", None),
        ("every week on monday at 00:00", "fri 20:00-mon 08:00", None),
    ],
)
def test_a_hand_off_in_the_middle_of_a_night_is_advised_against(house, hand_off, windows, better):
    text = of_hours(windows).replace("every week on monday at 09:00", hand_off)
    told = [
        problem.message for problem in check(house.asked(text), now=WEDNESDAY) if "cuts the hours" in problem.message
    ]
    assert [f"Hand off at {better} instead" in message for message in told] == ([True] if better else [])


def test_a_schedule_without_anybody_is_told(house):
    empty = ROTA[: ROTA.index("    rotations:")] + "    rotations: []\n" + ROTA[ROTA.index("escalation_policies") :]
    told = [f"{problem.place.path}: {problem.message}" for problem in check(house.asked(empty), now=WEDNESDAY)]
    assert told == [
        "schedules › Primary: The schedule has no rotation that is paged, so nobody is ever on duty.",
        "escalation_policies › Payments: The policy reaches nobody: no step has somebody who is active and has a contact method.",
    ]
    shadows = ROTA.replace(HAND_OFF, f"{HAND_OFF}        shadow: true\n")
    assert len(check(house.asked(shadows), now=WEDNESDAY)) == 2


# what is foreseen is what becomes true


WHOLE = (
    ROTA.replace("a@example.org}]}", "a@example.org}], notification_rules: {high: [{use: mail}, {after: 1m, use: mail}]}}")
    .replace("wait: 5m\n", """\
wait: 5m
        whom: round_robin
        only: {severities: [critical], hours: [daily 08:00-20:00], time_zone: UTC}
    fallback: [{team: Payments}]
""")
    + """\
services:
  - {name: till, team: Payments, policy: Payments, active: false, integrations: [{name: off, kind: native, key_sha256: OFF}]}
  - name: checkout
    team: Payments
    policy: Payments
    grouping: {window: 10m}
    acknowledge_timeout: 30m
    integrations: [{name: monitor, kind: events_v2, key_sha256: ON}]
maintenance_windows:
  - {reason: move, starts: 2027-01-01 10:00Z, ends: 2027-01-01 12:00Z, services: [checkout]}
""".replace("OFF", "0" * 64).replace("ON", "1" * 64)
)  # fmt: skip


def test_what_is_foreseen_is_what_nodes_then_know(house, ask):
    from watchbill import wiring
    from watchbill.configuration import actions

    house.database.set_clock(WEDNESDAY)
    expected = actions.foresee_file(house.asked(WHOLE), house.seal).directory
    house.apply(WHOLE)
    known = ask(lambda link: wiring.directory(link, 0))
    for part in ("people", "teams", "services", "policies", "maintenance", "integrations"):
        assert getattr(expected, part) == getattr(known, part)
        assert getattr(known, part)
    assert {row: one.rotations for row, one in expected.schedules.items()} == {
        row: one.rotations for row, one in known.schedules.items()
    }
    again = actions.foresee_file(house.asked("watchbill: 1\n"), house.seal)
    assert again.directory.people == known.people
    assert again.ids.kinds["services"] == {"checkout": 1, "till": 2}


def test_what_is_foreseen_of_an_edit_is_what_nodes_then_know(rota, ask):
    from watchbill import wiring
    from watchbill.configuration import actions

    text = ROTA.replace(PEOPLE, "{team: Payments}, di@example.org").replace("at 09:00", "at 17:30")
    text = text.replace("name: Bo", "name: Bo Two")
    expected = actions.foresee_file(rota.asked(text), rota.seal).directory
    assert rota.one("SELECT count(*) FROM rotation_edition") == 1, "nothing was written"
    rota.apply(text)
    known = ask(lambda link: wiring.directory(link, 0))
    (one,), (other,) = expected.schedules.values(), known.schedules.values()
    until = WEDNESDAY + timedelta(days=60)
    assert shifts(one, WEDNESDAY, until) == shifts(other, WEDNESDAY, until)


def test_a_schedule_that_is_removed_tells_who_loses_duty(rota):
    none = ROTA[: ROTA.index("schedules:")] + "schedules: []\n" + ROTA[ROTA.index("escalation_policies:") :]
    without = none.replace("{schedule: Primary}", "ana@example.org").replace("Primary", "")
    told = lines(rota.plan(without, prune=True))
    assert [line.split()[:2] for line in told] == [
        ["ana@example.org", "loses"], ["bo@example.org", "loses"], ["cy@example.org", "loses"],
    ]  # fmt: skip
