"""Schedules as code: what apply writes, what it keeps, and that an edit never moves who is on duty."""

from __future__ import annotations

from datetime import timedelta

import pytest

from watchbill.configuration.diff import Action
from watchbill.configuration.problems import BadFile
from watchbill.configuration.tests.rota import (
    MONDAY,
    PEOPLE,
    ROTA,
    WEDNESDAY,
    WEEK,
    foreseen,
    nodes_know,
    said,
    turns,
    who,
)


def people(*names: str) -> str:
    return ROTA.replace(PEOPLE, ", ".join(f"{name}@example.org" for name in names))


def edited(house, ask, text):
    """Who has the turns after an edit; the preview said the same."""
    before = foreseen(house, text)["Primary"]
    house.apply(text)
    after = nodes_know(ask)["Primary"]
    assert after.rotations == before.rotations
    assert not house.apply(text).plan.changes
    return turns(after)


def test_a_first_rotation_begins_with_the_first_of_the_list(rota, ask):
    assert turns(nodes_know(ask)["Primary"]) == ["Ana", "Bo", "Cy", "Ana"]
    assert not rota.apply(ROTA).plan.changes
    assert not rota.apply(rota.export()).plan.changes


# edits in the middle of a shift


def test_adding_a_person_does_not_reset_who_is_on_duty__pagerduty_terraform_215(rota, ask):
    assert edited(rota, ask, people("ana", "di", "bo", "cy")) == ["Ana", "Di", "Bo", "Cy"]


def test_removing_a_person_does_not_reset_who_is_on_duty__pagerduty_terraform_560(rota, ask):
    assert edited(rota, ask, people("ana", "cy")) == ["Ana", "Cy", "Ana", "Cy"]


def test_who_is_taken_out_while_on_duty_stays_until_the_hand_off__pagerduty_terraform_1083(rota, ask):
    assert edited(rota, ask, people("bo", "cy")) == ["Ana", "Bo", "Cy", "Bo"]


def test_another_order_does_not_reset_who_is_on_duty(rota, ask):
    assert edited(rota, ask, people("cy", "bo", "ana")) == ["Ana", "Cy", "Bo", "Ana"]


def test_a_start_read_again_does_not_move_who_is_on_duty(rota, ask):
    with_start = ROTA.replace(PEOPLE + "]", PEOPLE + "]\n        starts_with: cy@example.org")
    assert not rota.plan(with_start).changes
    assert edited(rota, ask, with_start.replace(PEOPLE, PEOPLE + ", di@example.org")) == ["Ana", "Bo", "Cy", "Di"]


def test_another_hand_off_waits_for_the_old_one(rota, ask):
    fridays = ROTA.replace("on monday at 09:00", "on friday at 17:00")
    assert edited(rota, ask, fridays) == ["Ana", "Bo", "Cy", "Ana"]
    after = nodes_know(ask)["Primary"]
    assert who(after, MONDAY + WEEK - timedelta(seconds=1)) == "Ana"
    assert who(after, MONDAY + WEEK) == "Bo"


def test_an_edit_that_is_taken_back_before_it_takes_effect_leaves_no_trace(rota, ask):
    rota.apply(people("ana", "di", "bo", "cy"))
    rota.database.move_clock(hours=1)
    rota.apply(ROTA)
    assert turns(nodes_know(ask)["Primary"]) == ["Ana", "Bo", "Cy", "Ana"]
    assert rota.one("SELECT count(*) FROM rotation_edition") == 1


def test_what_was_in_force_is_never_rewritten(rota, ask):
    rota.apply(people("ana", "di", "bo", "cy"))
    was = rota.all("SELECT since, plan FROM rotation_edition ORDER BY since")
    rota.database.set_clock(WEDNESDAY + WEEK)
    rota.apply(people("cy", "di"))
    now = rota.all("SELECT since, plan FROM rotation_edition ORDER BY since")
    assert now[: len(was)] == was
    assert len(now) == len(was) + 1
    assert turns(nodes_know(ask)["Primary"])[1:] == ["Di", "Cy", "Di"]


def test_two_edits_in_one_second_are_one(rota, ask):
    rota.apply(ROTA.replace("weekly\n", "weekly\n        hours: [mon-fri 08:00-18:00]\n"))
    rota.apply(ROTA.replace("weekly\n", "weekly\n        hours: [mon-fri 08:00-20:00]\n"))
    assert rota.all("SELECT since, plan->'hours'->0->>'length' FROM rotation_edition ORDER BY since") == [
        (MONDAY, None), (WEDNESDAY, str(12 * 60)),
    ]  # fmt: skip


def test_before_a_rotation_starts_an_edit_keeps_who_begins(house, ask):
    house.database.set_clock(WEDNESDAY - WEEK)
    later = ROTA.replace(
        "weekly\n", "weekly\n        starts: 2026-11-30 09:00 Europe/Madrid\n        starts_with: bo@example.org\n"
    )
    house.apply(later)
    assert turns(nodes_know(ask)["Primary"]) == ["Bo", "Cy", "Ana", "Bo"]
    house.apply(later.replace(PEOPLE, "di@example.org, ana@example.org, bo@example.org"))
    assert turns(nodes_know(ask)["Primary"]) == ["Bo", "Di", "Ana", "Bo"]
    later = later.replace("2026-11-30", "2026-12-07")
    house.apply(later)
    assert turns(nodes_know(ask)["Primary"]) == ["", "Bo", "Cy", "Ana"]


def test_a_team_in_a_rotation_is_the_team_as_it_is_at_the_time(rota, ask):
    text = ROTA.replace(PEOPLE, "{team: Payments}, cy@example.org")
    rota.apply(text)
    assert turns(nodes_know(ask)["Primary"]) == ["Ana", "Cy", "Ana Bo", "Cy"]
    rota.apply(text.replace("members: [ana", "members: [di@example.org, ana"))
    assert turns(nodes_know(ask)["Primary"]) == ["Ana", "Cy", "Di Ana Bo", "Cy"]


# hand-offs, hours, zones


def test_turns_go_on_being_counted_from_the_same_day(rota, ask):
    biweekly = ROTA.replace("every week on monday", "every 2 weeks on monday")
    rota.apply(biweekly)
    anchor = "SELECT plan->'hand_off'->>'anchor' FROM rotation_edition ORDER BY since DESC LIMIT 1"
    assert rota.one(anchor) == "2026-11-30"
    assert not rota.apply(biweekly.replace("at 09:00", "at 09:00 counted from 2026-12-16")).plan.changes, (
        "the same weeks"
    )
    shifted = biweekly.replace("at 09:00", "at 09:00 counted from 2026-12-07")
    assert said(rota.apply(shifted).plan) == {
        "rotations › weekly › hand_off": (
            "every 2 weeks on monday at 09:00 counted from 2026-11-30",
            "every 2 weeks on monday at 09:00 counted from 2026-12-07",
        )
    }
    rota.apply(biweekly.replace("at 09:00", "at 10:00"))
    assert rota.one(anchor) == "2026-12-07"


def test_a_rotation_in_the_zone_of_its_schedule_moves_with_it(rota):
    assert set(said(rota.apply(ROTA.replace("Europe/Madrid", "Europe/London")).plan)) == {
        "time_zone", "rotations › weekly › time_zone",
    }  # fmt: skip
    own = ROTA.replace("weekly\n", "weekly\n        time_zone: Asia/Tokyo\n")
    rota.apply(own)
    rota.apply(own.replace("Europe/Madrid", "Europe/London"))
    assert not rota.apply(ROTA.replace("Europe/Madrid", "Europe/London")).plan.changes, "one of its own stays"


def test_everything_of_a_schedule_is_stored_and_told(house):
    house.database.set_clock(WEDNESDAY)
    whole = ROTA.replace(
        "    rotations:\n      - name: weekly\n",
        """\
    hours: [mon-fri 08:00-20:00]
    gap_warning: 12h
    holidays: [ES, US-CA]
    rotations:
      - name: weekly
        hours: [fri 20:00-mon 08:00, mon-thu 20:00-08:00]
        ends: 2027-12-01 09:00 Europe/Madrid
        starts_with: bo@example.org
        shadows: [di@example.org, {team: Payments}]
        shadow: true
        time_zone: Europe/Berlin
""",
    ).replace(
        "[{schedule: Primary}]",
        "[{schedule: Primary}, {team: Payments}]\n        whom: round_robin\n        only: {hours: [mon-fri 08:00-20:00], time_zone: Europe/Madrid, severities: [error, critical]}",
    )
    plan = house.apply(
        whole.replace(PEOPLE, "ana@example.org, {together: [bo@example.org, {team: Payments}]}, bo@example.org")
    ).plan
    told = {path: new for path, (_, new) in said(plan).items()}
    assert told["rotations › weekly › people"] == "ana@example.org, bo@example.org + team Payments, bo@example.org"
    assert told["rotations › weekly › hours"] == "mon-thu 20:00-08:00, fri 20:00-mon 08:00"
    assert told["rotations › weekly › shadows"] == "di@example.org, team Payments"
    assert told["steps › #1"] == (
        "one by turns of schedule Primary, team Payments, wait 5m, only mon-fri 08:00-20:00 Europe/Madrid and for critical or error"
    )
    exported = house.export()
    assert "starts_with:\n          user: bo@example.org" in exported
    assert not house.apply(exported).plan.changes
    assert house.one("SELECT only_when->'severities' FROM policy_step") == ["critical", "error"]


WEEKLY = "      - name: weekly\n"


@pytest.mark.parametrize(
    ("stored", "wanted", "said"),
    [
        ("", "starts: 2026-12-10 09:00Z", "starts: The rotation is in force already; what was true stays."),
        ("starts: 2026-11-30 09:00Z", "starts: null", r"starts: The rotation is in force since 2026-11-30 09:00Z;"),
        ("", "ends: 2026-12-01 09:00Z", "ends: It is over. To end the rotation now, take it out of the file."),
        ("ends: 2026-12-02 09:00Z", "ends: null", "ends: The rotation ended at 2026-12-02 09:00Z;"),
        ("ends: 2026-12-03 09:00Z", "ends: null", None),
        ("starts: 2026-12-03 09:00Z", "starts: 2026-12-04 09:00Z", None),
        ("ends: 2026-12-02 09:00Z", "ends: 2026-12-02 09:00Z", None),
    ],
)
def test_limits_may_move_only_what_is_to_come(house, stored, wanted, said):
    house.database.set_clock(MONDAY)
    house.apply(ROTA.replace(WEEKLY, f"{WEEKLY}        {stored}\n"))
    house.database.set_clock(WEDNESDAY)
    text = ROTA.replace(WEEKLY, f"{WEEKLY}        {wanted}\n")
    if said is None:
        house.apply(text)
        assert not house.apply(house.export()).plan.changes
        return
    with pytest.raises(BadFile, match=said):
        house.apply(text)


# what is taken away, and what is not in the file


def test_a_rotation_that_is_left_out_is_taken_away_and_stays_on_record(rota, ask):
    other = ROTA.replace("name: weekly", "name: other")
    plan = rota.apply(other).plan
    assert said(plan)["rotations › weekly › people"] == (PEOPLE, None)
    assert rota.all("SELECT name, removed_at FROM rotation ORDER BY id") == [("weekly", WEDNESDAY), ("other", None)]
    assert rota.one("SELECT count(*) FROM rotation_edition") == 2
    rota.database.move_clock(hours=1)
    rota.apply(ROTA)
    assert rota.one("SELECT count(*) FROM rotation WHERE name = 'weekly'") == 2, "a name may be used again"
    assert [one.name for one in nodes_know(ask)["Primary"].rotations] == ["weekly", "other", "weekly"]


def test_a_schedule_is_removed_by_prune_unless_a_policy_pages_it(rota, ask):
    none = ROTA[: ROTA.index("schedules:")] + "schedules: []\n" + ROTA[ROTA.index("escalation_policies:") :]
    plan = rota.apply(none, prune=True).plan
    assert [(kept.kind, kept.name, kept.why) for kept in plan.kept] == [
        ("schedule", "Primary", "the escalation policy Payments pages it")
    ]
    without = none.replace("{schedule: Primary}", "ana@example.org").replace("Primary", "")
    plan = rota.apply(without, prune=True).plan
    assert (Action.REMOVE, "schedule", "Primary") in [(c.action, c.title, c.name) for c in plan.changes]
    assert rota.one("SELECT removed_at FROM rotation") == WEDNESDAY
    assert who(nodes_know(ask)["Primary"], WEDNESDAY - timedelta(hours=1)) == "Ana"
    assert not rota.apply(without, prune=True).plan.changes
    gone = rota.apply(
        without.replace("  - name: Payments\n    members: [ana@example.org, bo@example.org]\n", "  []\n"), prune=True
    )
    assert [(kept.name, kept.why) for kept in gone.plan.kept] == [
        ("Payments", "the record of who was on duty names it")
    ]
    rota.apply(ROTA)
    assert rota.one("SELECT count(*) FROM schedule") == 2


def test_a_team_that_has_turns_or_a_schedule_is_kept(rota):
    two = ROTA.replace("teams:\n", "teams:\n  - name: Nights\n    members: [cy@example.org]\n").replace(
        PEOPLE, f"{PEOPLE}, {{team: Nights}}"
    )
    rota.apply(two)
    plan = rota.plan("watchbill: 1\nteams: []\n", prune=True)
    assert [(kept.name, kept.why) for kept in plan.kept] == [
        ("Nights", "the rotation weekly of the schedule Primary has turns for it"),
        ("Payments", "the schedule Primary belongs to it"),
    ]


def test_a_person_and_a_team_with_new_names_keep_their_turns(rota, ask):
    rota.apply(ROTA.replace(PEOPLE, f"{PEOPLE}, {{team: Payments}}"))
    text = (
        "watchbill: 1\nusers: [{email: bo@example.com, was: bo@example.org}]\nteams: [{name: Money, was: Payments}]\n"
    )
    plan = rota.apply(text).plan
    assert [(change.title, change.fields) for change in plan.changes] == [("team", ()), ("user", ())]
    assert turns(nodes_know(ask)["Primary"]) == ["Ana", "Bo", "Cy", "Ana Bo"]
    assert not rota.apply(rota.export()).plan.changes


def test_a_rename_keeps_the_rows_and_all_that_hangs_on_them(rota):
    ids = rota.all(
        "SELECT id FROM schedule UNION ALL SELECT id FROM rotation UNION ALL SELECT id FROM rotation_edition"
    )
    text = ROTA.replace("name: Primary\n", "name: First\n    was: Primary\n").replace(
        "schedule: Primary", "schedule: First"
    )
    text = text.replace("name: weekly", "name: by week\n        was: weekly")
    assert said(rota.apply(text).plan) == {"rotations › by week › name": ("weekly", "by week")}
    assert not rota.apply(text).plan.changes
    assert (
        rota.all("SELECT id FROM schedule UNION ALL SELECT id FROM rotation UNION ALL SELECT id FROM rotation_edition")
        == ids
    )
    assert not rota.apply(rota.export()).plan.changes


def test_overrides_and_cover_are_made_in_the_product_and_survive_apply__oncall_828(rota, ask):
    rota.all(
        "INSERT INTO schedule_override (schedule_id, kind, person_id, since, until, via, note, created_at) "
        "SELECT s.id, 'take', p.id, %s, %s, 'cli', '', %s FROM schedule s, person p WHERE p.name = 'Di' RETURNING id",
        WEDNESDAY, WEDNESDAY + timedelta(hours=4), WEDNESDAY,
    )  # fmt: skip
    assert foreseen(rota, ROTA)["Primary"].overrides == nodes_know(ask)["Primary"].overrides
    assert not rota.apply(rota.export()).plan.changes
    text = people("bo", "cy")
    expected = foreseen(rota, text)["Primary"]
    rota.apply(text, prune=True)
    after = nodes_know(ask)["Primary"]
    for schedule in (expected, after):
        assert who(schedule, WEDNESDAY) == "Di"
        assert who(schedule, WEDNESDAY + timedelta(hours=4)) == "Ana"


def test_rotations_in_another_order_are_a_change(rota, ask):
    two = ROTA.replace(
        "escalation", "      - {name: second, people: [di@example.org], hand_off: every day at 09:00}\nescalation"
    )
    rota.apply(two)
    lines = two.splitlines(keepends=True)
    first = lines.index("      - name: weekly\n")
    swapped = "".join([*lines[:first], lines[first + 3], *lines[first : first + 3], *lines[first + 4 :]])
    assert said(rota.apply(swapped).plan) == {"order of rotations": ("weekly, second", "second, weekly")}
    assert [one.name for one in nodes_know(ask)["Primary"].rotations] == ["second", "weekly"]


# people who leave


def test_who_is_switched_off_must_first_be_taken_out(rota, ask):
    bo_left = ROTA.replace("email: bo@example.org, name: Bo,", "email: bo@example.org, name: Bo, active: false,")
    with pytest.raises(
        BadFile, match=r"bo@example.org is switched off, but has turns in the rotation weekly of the schedule Primary"
    ):
        rota.plan(bo_left)
    only_user = "watchbill: 1\nusers: [{email: bo@example.org, active: false}]\n"
    with pytest.raises(BadFile, match=r"users › bo@example.org › active: bo@example.org is switched off"):
        rota.plan(only_user)
    with pytest.raises(BadFile, match=r"users › bo@example.org: bo@example.org is switched off"):
        rota.plan("watchbill: 1\nusers: [{email: ana@example.org}, {email: cy@example.org}]\n", prune=True)
    assert edited(rota, ask, bo_left.replace(PEOPLE, "ana@example.org, cy@example.org")) == ["Ana", "Cy", "Ana", "Cy"]


def test_who_has_left_while_on_duty_hands_over_at_once(rota, ask):
    ana_left = ROTA.replace("email: ana@example.org, name: Ana,", "email: ana@example.org, name: Ana, active: false,")
    assert edited(rota, ask, ana_left.replace(PEOPLE, "bo@example.org, cy@example.org"))[0] == "Bo"


def test_what_is_stored_with_somebody_switched_off_still_exports_and_applies(rota):
    rota.database.link.execute("UPDATE person SET active = false WHERE name = 'Bo'")
    applied = rota.apply(rota.export())
    assert not applied.plan.changes
    assert any("bo@example.org is switched off, so the turns" in warning.message for warning in applied.plan.warnings)


# the same again


def test_an_export_into_an_empty_database_gives_the_same_people_the_same_turns(rota, ask):
    rota.apply(people("bo", "di", "cy").replace("every week on monday", "every 2 weeks on monday and thursday"))
    rota.database.set_clock(WEDNESDAY + 2 * WEEK)
    exported, before = rota.export(), nodes_know(ask)["Primary"]
    rota.database.empty()
    rota.database.set_clock(WEDNESDAY + 2 * WEEK)
    rota.apply(exported)
    after = nodes_know(ask)["Primary"]
    times = [WEDNESDAY + 2 * WEEK + number * timedelta(days=1) for number in range(60)]
    assert [who(after, at) for at in times] == [who(before, at) for at in times]
    assert len({who(after, at) for at in times}) == 3
