"""Calendars elsewhere, as code: their addresses are secrets, and what they hold stays on record."""

from __future__ import annotations

import json

import pytest

from watchbill.configuration.problems import BadFile
from watchbill.configuration.tests.rota import PEOPLE, ROTA, WEDNESDAY, said

AWAY, SHIFTS = (f"https://calendars.example.org/{name}-secret.ics" for name in ("away", "shifts"))
BY_CALENDAR = ROTA.replace(
    f"        people: [{PEOPLE}]\n        hand_off: every week on monday at 09:00\n", "        calendar: ${SHIFTS}\n"
)


@pytest.fixture(autouse=True)
def _addresses(house):
    house.environ |= {"AWAY": AWAY, "SHIFTS": SHIFTS}


def test_a_calendar_is_a_secret_everywhere(rota, ask):
    text = BY_CALENDAR.replace("email: ana@example.org,", "email: ana@example.org, out_of_office_calendar: '${AWAY}',")
    plan = rota.apply(text).plan
    assert said(plan)["rotations › weekly › calendar"] == (None, "(secret)")
    assert said(plan)["out_of_office_calendar"] == (None, "(secret)")
    stored = rota.all("SELECT settings FROM calendar ORDER BY id")
    assert {rota.seal.open(settings)["url"] for (settings,) in stored} == {AWAY, SHIFTS}
    exported = rota.export()
    assert exported.count("calendar: !keep") == 2
    everywhere = json.dumps([stored, exported, repr(plan), rota.all("SELECT what, data FROM journal")], default=str)
    assert "secret.ics" not in everywhere
    assert not rota.apply(text).plan.changes
    assert not rota.apply(exported).plan.changes
    assert rota.one("SELECT count(*) FROM rotation_edition WHERE since >= %s", WEDNESDAY) == 0


def test_a_calendar_that_moves_keeps_its_last_copy_until_it_is_read(rota):
    rota.apply(BY_CALENDAR)
    rota.database.link.execute(
        'UPDATE calendar SET shifts = \'[{"since": 1, "until": 2, "people": [1]}]\', next_at = \'2030-01-01Z\''
    )
    rota.environ["SHIFTS"] = "https://calendars.example.org/another.ics"
    assert said(rota.apply(BY_CALENDAR).plan) == {"rotations › weekly › calendar": ("(secret)", "(another secret)")}
    assert rota.all("SELECT shifts->0->'people', next_at FROM calendar") == [([1], WEDNESDAY)]


def test_from_people_to_a_calendar_and_back_it_is_another_rotation_and_the_record_stays(rota, ask):
    rota.apply(BY_CALENDAR)
    assert rota.all("SELECT name, removed_at FROM rotation ORDER BY id") == [("weekly", WEDNESDAY), ("weekly", None)]
    rota.database.move_clock(hours=1)
    rota.apply(ROTA)
    assert rota.one("SELECT count(*) FROM rotation WHERE removed_at IS NULL") == 1
    assert rota.one("SELECT count(*) FROM calendar") == 1


def test_an_out_of_office_calendar_is_taken_away_by_saying_so(rota):
    one = "watchbill: 1\nusers: [{email: ana@example.org, out_of_office_calendar: %s}]\n"
    rota.apply(one % "'${AWAY}'")
    assert not rota.plan("watchbill: 1\nusers: [{email: ana@example.org}]\n").changes
    assert said(rota.apply(one % "null").plan) == {"out_of_office_calendar": ("(secret)", None)}
    assert rota.one("SELECT count(*) FROM calendar") == 0
    with pytest.raises(BadFile, match="none is stored"):
        rota.plan(one % "!keep ")
