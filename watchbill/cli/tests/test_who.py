"""`watchbill who`: who is on duty, until when, how each is reached, who comes next, and where nobody is."""

from datetime import date

import pytest

from tests.acceptance.story import Story
from watchbill.cli.tests.conftest import Run, told
from watchbill.engine.duty.schedule import DAY, HandOff, Hours, OverrideKind, Unit
from watchbill.people.models import Person

AT_NINE = HandOff(Unit.DAY, date(2026, 11, 21), at=9 * 60)
NIGHTS = tuple(Hours(day * DAY + 20 * 60, 6 * 60) for day in range(7))


@pytest.fixture
def rota(story: Story) -> Story:
    """Ana is on duty until Sunday 09:00 in Berlin, then Bo; Cy shadows them. It is Sunday 03:00 there."""
    story.cast().rule("Ana", "email", 60)
    Person.objects.filter(name="Ana").update(time_zone="Asia/Tokyo")
    story.schedule("Primary", zone="Europe/Berlin")
    story.rotation("Primary", ("Ana", "Bo"), AT_NINE, name="Daily", shadows=("Cy",))
    return story.pages_by(("Primary", 300))


@pytest.fixture(autouse=True)
def wide(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal in which no line has to be broken."""
    monkeypatch.setenv("COLUMNS", "120")


def lines(run: Run, *words: str) -> list[str]:
    """What a command prints, line by line, with single blanks."""
    result = run("who", *words)
    assert result.exit_code == 0, result.output
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_who_is_on_duty_until_when_and_who_comes_next(rota: Story, run: Run) -> None:
    assert lines(run) == [
        "On duty Sun 2026-11-22 03:00 CET",
        "",
        "Payments",
        "Primary",
        "● Ana until Sun 2026-11-22 09:00 CET, 6 h more",
        "since Sat 2026-11-21 09:00 CET · rotation Daily",
        "sms, email after 1 min · Sun 11:00 JST there",
        "○ Cy told, but not paged, for good",
        "shadow in rotation Daily",
        "next Bo from Sun 2026-11-22 09:00 CET",
        "",
        "Search",
        "no schedule Cy first for search, by policy Search",
    ]


def test_at_another_time_and_of_one_team(rota: Story, run: Run) -> None:
    text = lines(run, "--at", "Monday 08:59", "--team", "payments")
    assert text[0] == "On duty Mon 2026-11-23 08:59 CET"
    assert "● Bo until Mon 2026-11-23 09:00 CET, 1 min more" in text
    assert "Search" not in text


def test_as_json(rota: Story, run: Run) -> None:
    said = told(run, "who", "--team", "Payments")
    assert (said["at"], said["zone"], said["told"]) == ("2026-11-22T02:00:00Z", "Europe/Berlin", "")
    (team,) = said["teams"]
    (watch,) = team["schedules"]
    assert watch["on"][0] == {
        "name": "Ana",
        "email": "ana@example.org",
        "since": "2026-11-21T08:00:00Z",
        "until": "2026-11-22T08:00:00Z",
        "source": "rotation Daily",
        "shadow": False,
        "zone": "Asia/Tokyo",
        "local_time": "Sun 11:00 JST",
        "roads": [
            {"method": "sms", "channel": "sms", "after_seconds": 0},
            {"method": "email", "channel": "email", "after_seconds": 60},
        ],
    }
    assert [(one["name"], one["shadow"]) for one in watch["on"]] == [("Ana", False), ("Cy", True)]
    assert watch["next"] == {"at": "2026-11-22T08:00:00Z", "people": [{"name": "Bo", "email": "bo@example.org"}]}
    assert (watch["gap"], team["policies"]) == (None, [])


def test_a_gap_is_loud_now_and_before_the_next_one_comes(rota: Story, run: Run) -> None:
    rota.schedule("Nights", zone="Europe/Berlin").rotation("Nights", ("Ana", "Bo"), AT_NINE, hours=NIGHTS)
    text = lines(run)
    assert "✗ NOBODY Sun 2026-11-22 02:00–20:00 CET: no rotation has anybody on duty then" in text
    assert "next Bo from Sun 2026-11-22 20:00 CET" in text
    text = lines(run, "--at", "Sunday 21:00")
    assert "then NOBODY Mon 2026-11-23 02:00–20:00 CET: no rotation has anybody on duty then" in text


def test_outside_the_hours_of_a_schedule_nobody_has_to_be_there(rota: Story, run: Run) -> None:
    rota.schedule("Nights", zone="Europe/Berlin", hours=NIGHTS)
    rota.rotation("Nights", ("Ana",), AT_NINE, hours=NIGHTS)
    assert "– nobody and nobody has to be at this hour" in lines(run)


def test_an_override_is_named_as_the_source(rota: Story, run: Run) -> None:
    rota.override("Primary", OverrideKind.TAKE, hours=2, person="Bo")
    (team,) = told(run, "who", "--team", "Payments")["teams"]
    (bo, _) = team["schedules"][0]["on"]
    assert (bo["name"], bo["source"], bo["until"]) == ("Bo", "override", "2026-11-22T04:00:00Z")
    assert team["schedules"][0]["next"]["people"] == [{"name": "Ana", "email": "ana@example.org"}]


def test_who_has_gone_leaves_a_gap_and_who_cannot_be_reached_is_told(rota: Story, run: Run) -> None:
    rota.database.link.execute("UPDATE contact_method SET enabled = false")
    assert any("CANNOT BE REACHED: no contact method is switched on" in line for line in lines(run))
    rota.switch_off("Ana")
    assert any(line.startswith("✗ NOBODY") and "it is the turn of Ana, who" in line for line in lines(run))


def test_one_alone_has_duty_for_good(story: Story, run: Run) -> None:
    story.cast().schedule("Primary").rotation("Primary", ("Ana",), AT_NINE)
    text = lines(run)
    assert "● Ana for good" in text
    assert not any(line.startswith("next") for line in text)


def test_a_removed_schedule_is_told_of_the_time_in_which_it_was(rota: Story, run: Run) -> None:
    rota.database.link.execute("UPDATE schedule SET removed_at = app_now()")
    rota.at("2026-11-22 03:00")
    assert "Primary" not in lines(run)
    assert "● Ana until Sun 2026-11-22 03:00 CET, 1 h more" in lines(run, "--at", "2026-11-22T01:00:00Z")


def test_an_empty_house_says_what_to_do(story: Story, run: Run) -> None:
    assert lines(run) == ["There is no schedule yet. Describe one in a file, and `watchbill apply FILE`."]


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_it_fits_the_terminal(rota: Story, run: Run, monkeypatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    rota.schedule("A schedule with a name that is longer than others are", zone="Pacific/Chatham")
    assert max(len(line) for line in run("who").stdout.splitlines()) <= columns
