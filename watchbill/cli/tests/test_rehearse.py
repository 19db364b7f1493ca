"""`watchbill rehearse`: the whole ladder, minute by minute, and where it would reach nobody."""

from datetime import date
from pathlib import Path

import pytest

from tests.acceptance.house import Rung
from tests.acceptance.story import Story
from watchbill.cli.tests.conftest import Run, told
from watchbill.engine.directory import Condition
from watchbill.engine.duty.schedule import DAY, HandOff, Hours, OverrideKind, Unit
from watchbill.engine.words import Severity, Whom

AT_NINE = HandOff(Unit.DAY, date(2026, 11, 21), at=9 * 60)
NIGHTS = tuple(Hours(day * DAY + 20 * 60, 6 * 60) for day in range(7))
OFFICE = Condition((Hours(0, 5 * DAY),), "Europe/Berlin", frozenset({Severity.CRITICAL}))


@pytest.fixture
def rota(story: Story) -> Story:
    """Ana is on duty until Sunday 09:00 in Berlin, then Bo; Cy shadows them."""
    story.cast().rule("Ana", "email", 60)
    story.schedule("Primary", zone="Europe/Berlin")
    story.rotation("Primary", ("Ana", "Bo"), AT_NINE, name="Daily", shadows=("Cy",))
    return story.pages_by(("Primary", 300), Rung(("Bo",), 60, only=OFFICE))


@pytest.fixture(autouse=True)
def wide(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal in which no line has to be broken."""
    monkeypatch.setenv("COLUMNS", "120")


def lines(run: Run, *words: str) -> list[str]:
    """What a command prints, line by line, with single blanks."""
    result = run("rehearse", *words)
    assert result.exit_code == 0, result.output
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_the_ladder_of_a_service_minute_by_minute(rota: Story, run: Run) -> None:
    assert lines(run, "--service", "CHECKOUT", "--at", "Sunday 03:30") == [
        "If a critical alert came Sun 2026-11-22 03:30 CET, and nobody answered:",
        "",
        "checkout team Payments · policy Policy 3 · high urgency",
        "+0:00 03:30 Ana (sms)",
        "on duty in Primary: rotation Daily",
        "The first step of the escalation policy pages.",
        "told, but not paged: Cy",
        "+1:00 03:31 Ana (email)",
        "No answer yet, so the person's next notification rule pages.",
        "+5:00 03:35 Ana (sms) and Bo (sms)",
        "the fallback: team Payments",
        "Every step went unanswered; the fallback was paged, and no further step follows.",
        "Step 2 is passed over: it is only for mon 00:00-sat 00:00 Europe/Berlin, critical.",
        "+6:00 03:36 Ana (email)",
        "No answer yet, so the person's next notification rule pages.",
        "then nobody else",
    ]


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_it_fits_the_terminal(rota: Story, run: Run, monkeypatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for words in ((), ("--service", "checkout"), ("--at", "Sunday 23:59")):
        assert max(len(line) for line in run("rehearse", *words).stdout.splitlines()) <= max(columns, 72)


def test_times_name_the_day_when_midnight_passes(rota: Story, run: Run) -> None:
    text = lines(run, "--service", "checkout", "--at", "2026-11-25 23:57", "--zone", "UTC")
    assert [line.partition(" ")[2] for line in text if line.startswith("+")] == [
        "23:57 Ana (sms)",
        "23:58 Ana (email)",
        "Thu 00:02 Bo (sms)",
        "00:03 Ana (sms) and Bo (sms)",
        "00:04 Ana (email)",
    ]


def test_every_service_in_short_and_those_of_a_team(rota: Story, run: Run) -> None:
    text = lines(run)
    assert [line.split()[0] for line in text if "policy" in line and "urgency" in line] == ["checkout", "search"]
    assert "The first step of the escalation policy pages." not in text
    (ladder,) = told(run, "rehearse", "--team", "Search")["services"]
    assert [rung["pages"][0]["person"] for rung in ladder["rungs"]] == ["Cy", "Cy"]
    assert ladder["warnings"] == []


def test_a_gap_is_told_where_its_step_begins_with_why(rota: Story, run: Run) -> None:
    rota.schedule("Nights", zone="Europe/Berlin").rotation("Nights", ("Ana",), AT_NINE, hours=NIGHTS)
    rota.pages_by(("Nights", 60))
    by_day, by_night = (
        told(run, "rehearse", "--service", "checkout", "--at", f"Sunday {hour}")["services"][0]["rungs"][0]
        for hour in ("12:00", "22:00")
    )
    assert by_day["reason"] == "gap_in_schedule"
    assert by_day["notes"] == ["Step 1 names Nights, which has nobody on duty: no rotation has anybody on duty then."]
    assert (by_night["reason"], by_night["notes"]) == ("first_page", [])
    assert by_night["called"] == [
        {"name": "Ana", "email": "ana@example.org", "through": "on duty in Nights: rotation Weekly"}
    ]


def test_the_source_of_a_duty_is_told_by_its_own_words(rota: Story, run: Run) -> None:
    rota.override("Primary", OverrideKind.TAKE, hours=2, person="Cy")
    first = told(run, "rehearse", "--service", "checkout")["services"][0]["rungs"][0]
    assert [(one["name"], one["through"]) for one in first["called"]] == [("Cy", "on duty in Primary: override")]
    assert first["told"] == []  # who is paged is not told as a shadow


def test_a_round_robin_goes_on_from_the_turns_that_were_taken(story: Story, run: Run) -> None:
    story.cast().pages_by(Rung(("Ana", "Bo", "Cy"), 300, Whom.ROUND_ROBIN), repeat=2)
    story.alert("db-1 is down")
    rungs = told(run, "rehearse", "--service", "checkout")["services"][0]["rungs"]
    assert [[one["name"] for one in rung["called"]] for rung in rungs] == [["Bo"], ["Cy"], ["Ana"], ["Ana", "Bo"]]
    assert rungs[0]["called"][0]["through"] == "by turns"
    (listed,) = told(run, "incidents")["incidents"]
    assert listed["next"]["pages"][0]["person"] == "Bo"  # also of what is open already


def test_what_is_amiss_is_told(story: Story, run: Run) -> None:
    story.cast().switch_off("Bo")
    assert "! Step 2 names Bo, who is switched off." in lines(run, "--service", "checkout")
    for name in ("Ana", "Cy"):
        story.switch_off(name)
    text = lines(run, "--service", "checkout")
    assert "+0:00 02:00 NOBODY" in text
    assert "! NOBODY would be reached. Mend this now." in text


def test_who_is_paged_later_by_their_own_rules_is_named_when_the_ladder_turns_to_them(story: Story, run: Run) -> None:
    story.cast()
    story.database.link.execute("UPDATE notification_rule SET delay = 120")
    assert [line for line in lines(run, "--service", "search") if line.startswith("+")] == [
        "+0:00 02:00 Cy, later by their own rules",
        "+2:00 02:02 Cy (sms)",
        "+5:00 02:05 Cy, later by their own rules",
        "+7:00 02:07 Cy (sms)",
    ]


def test_a_time_that_the_clock_leaves_out_is_told(rota: Story, run: Run) -> None:
    text = lines(run, "--service", "checkout", "--at", "2027-03-28 02:30")
    assert text[0].startswith("If a critical alert came Sun 2027-03-28 03:00 CEST")
    assert text[1] == "02:30 does not exist on 2027-03-28 in Europe/Berlin; 03:00 is meant."


def test_the_past_is_rehearsed_as_it_was(rota: Story, run: Run) -> None:
    rota.at("2026-12-20 12:00").override("Primary", OverrideKind.TAKE, hours=2, person="Cy")
    rota.at("2026-12-26 12:00")
    first = told(run, "rehearse", "--service", "checkout", "--at", "2026-12-20T12:30Z")["services"][0]["rungs"][0]
    assert [one["name"] for one in first["called"]] == ["Cy"]


FILE = """\
watchbill: 1
schedules:
  - name: Primary
    team: Payments
    time_zone: Europe/Berlin
    rotations:
      - name: Daily
        people: [cy@example.org]
        hand_off: every day at 09:00
  - name: Empty
    team: Payments
    rotations: []
escalation_policies:
  - name: Search
    team: Search
    steps: [{page: [{schedule: Empty}], wait: 10m}, {page: [zoe@example.org], wait: 10m}]
users:
  - email: zoe@example.org
    name: Zoe
    contact_methods: [{name: mail, channel: email, address: zoe@example.org}]
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("WATCHBILL_SECRET_KEY", "the secret key of the nodes and of more than 32 characters")
    path = tmp_path / "watchbill.yaml"
    path.write_text(FILE)
    return str(path)


def test_a_file_is_rehearsed_before_it_is_applied(rota: Story, run: Run, file: str) -> None:
    ladder = told(run, "rehearse", "--service", "search", "--file", file)["services"][0]
    assert [(rung["after_seconds"], [one["name"] for one in rung["called"]]) for rung in ladder["rungs"]] == [
        (0, ["Cy"]),
        (600, ["Zoe"]),
        (1200, ["Cy"]),
    ]
    assert ladder["rungs"][0]["reason"] == "gap_in_schedule"
    assert ladder["rungs"][1]["pages"] == [
        {"person": "Zoe", "email": "zoe@example.org", "method": "mail", "channel": "email"}
    ]
    assert told(run, "rehearse", "--service", "search")["services"][0]["rungs"][0]["reason"] == "first_page"


@pytest.mark.parametrize(
    ("text", "words", "status", "says"),
    [
        (FILE, ("--at", "yesterday 12:00"), 2, "can be rehearsed from now on"),
        ("watchbill: 1\nusers: 7\n", (), 1, "nothing was changed"),
    ],
)
def test_a_file_that_cannot_be_rehearsed(rota: Story, run: Run, file: str, text, words, status, says) -> None:
    Path(file).write_text(text)
    result = run("rehearse", "--file", file, *words)
    assert (result.exit_code, says in result.stderr) == (status, True)
