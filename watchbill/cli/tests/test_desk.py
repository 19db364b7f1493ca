"""The commands for people, on a real database: what they print, their JSON, their exit status, and who sees what."""

import json

import msgspec
import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from tests.acceptance.story import Story
from watchbill.cli.tests.conftest import Run, told
from watchbill.engine.facts import Acknowledged, AlertTriggered
from watchbill.engine.words import Severity, Status
from watchbill.incidents.models import Incident
from watchbill.journal.models import Entry

ANA, BO, CY = "ana@example.org", "bo@example.org", "cy@example.org"


def test_the_list_says_whose_it_is_and_what_comes_next(story: Story, run: Run) -> None:
    story.cast().alert("db-1 is down")
    story.fast_forward(seconds=50)
    result = run("incidents")
    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    assert "1 ▲ triggered critical db-1 is down 50 s" in text
    assert "checkout · Ana is being paged · escalates to" in text and "Bo in 4:10" in text
    assert max(len(line) for line in result.stdout.splitlines()) <= 80


@pytest.mark.parametrize("columns", [20, 40, 71, 72, 80, 200])
def test_a_long_title_takes_two_lines_on_any_terminal(story: Story, run: Run, monkeypatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    story.cast().alert("disk is full " * 60)
    story.alert("数" * 500)
    lines = run("incidents").stdout.splitlines()
    assert max(cell_len(line.rstrip()) for line in lines) <= columns
    told = [line for line in lines if "is full" in line or "disk" in line]
    assert (len(told), sum("…" in line for line in lines)) == (2, 2)
    assert sum("数" in line for line in lines) == 2
    assert all(len(line) >= 20 or columns == 20 for line in told)


def test_a_narrow_terminal_gets_cards(story: Story, run: Run, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    story.cast().alert("db-1 is down")
    story.alert("db-2 is down")
    lines = [line.rstrip() for line in run("incidents").stdout.splitlines()]
    assert lines[:2] == ["#2 ▲ triggered  critical  now", "db-2 is down"]
    assert "Severity" not in lines and "" in lines


def test_what_a_monitor_sent_along_is_told_as_people_read_it(story: Story, run: Run) -> None:
    story.cast()
    runbook = "https://wiki.example.org/" + "disk-is-full/" * 10
    body = {
        "custom_details": {
            "labels": {"alertname": "DiskFull", "job": ""},
            "annotations": {"summary": "Disk is full", "runbook_url": runbook, "hint": "look"},
        },
        "links": [{"href": runbook, "text": "Runbook"}, {"href": "https://x.example.org/g"}],
        "group": "",
        "class": "disk",
        "sizes": [1, 2],
    }
    fact = AlertTriggered(service=1, dedup_key="k", summary="Disk is full", severity=Severity.CRITICAL)
    service = story._service("checkout")
    story.happens(replace(fact, service=service, body=msgspec.Raw(msgspec.json.encode(body))))
    told = [line.strip() for line in run("show", "1").stdout.splitlines()]
    begins = told.index("class  disk")
    assert told[begins : begins + 4] == ["class  disk", "sizes  1, 2", "labels  alertname=DiskFull", "hint  look"]
    assert f"Runbook  {runbook}" in told and "Link  https://x.example.org/g" in told
    assert " ".join(told).count("https://wiki") == 1


def test_lines_end_without_blanks_where_nobody_looks(story: Story, run: Run) -> None:
    story.cast().alert("db-1 is down")
    for command in (("incidents",), ("show", "1"), ("who",), ("rehearse", "--service", "checkout"), ("status",)):
        lines = run(*command).stdout.splitlines()
        assert [line for line in lines if line != line.rstrip()] == []


def test_whom_the_next_step_turns_to_is_named_though_their_rules_page_them_later(story: Story, run: Run) -> None:
    story.cast().database.link.execute("UPDATE notification_rule SET delay = 30 WHERE person_id > 1")
    story.alert("db-1 is down")
    assert "escalates to Bo in 5:00" in " ".join(run("incidents").stdout.split())


def test_an_empty_list_says_so(story: Story, run: Run) -> None:
    story.cast()
    assert run("incidents").stdout == "✓ Nothing is open.\n"
    assert run("incidents", "--team", "payments").stdout == "No incident matches.\n"


def test_the_list_as_json_has_its_shape(story: Story, run: Run) -> None:
    story.cast().alert("db-1 is down")
    listed = told(run, "incidents")
    assert listed["more"] is False
    (one,) = listed["incidents"]
    assert one == {
        "number": 1,
        "title": "db-1 is down",
        "status": "triggered",
        "severity": "critical",
        "urgency": "high",
        "service": "checkout",
        "team": "Payments",
        "policy": "Payments",
        "opened_at": "2026-11-22T02:00:00Z",
        "changed_at": "2026-11-22T02:00:00Z",
        "acknowledged_by": None,
        "snoozed": False,
        "returns_at": None,
        "muted_until": None,
        "alerts_open": 1,
        "alerts_total": 1,
        "paging": [{"name": "Ana", "email": ANA}],
        "next": {
            "at": "2026-11-22T02:05:00Z",
            "in_seconds": 300.0,
            "reason": "step_timed_out",
            "sentence": "Nobody acknowledged in time, so the next step of the escalation policy pages.",
            "pages": [{"person": "Bo", "email": BO, "method": "sms", "channel": "sms"}],
            "people": [{"name": "Bo", "email": BO}],
        },
    }


def test_cy_sees_nothing_and_can_do_nothing(story: Story, run: Run) -> None:
    story.cast().alert("db-1 is down")
    assert told(run, "incidents", "--as", CY)["incidents"] == []
    assert run("show", "1", "--as", CY).exit_code == 3
    assert run("ack", "1", "--as", CY).exit_code == 3
    assert Incident.objects.get(id=1).status == Status.TRIGGERED


def test_an_acknowledgement_is_recorded_with_who_and_by_which_road(story: Story, run: Run) -> None:
    story.cast().alert("db-1 is down")
    result = run("ack", "1", "--as", BO)
    assert (result.exit_code, result.stdout) == (
        0,
        "→ #1 ◆ acknowledged  db-1 is down\n  Somebody has it; paging stopped. Bo has it.\n",
    )
    entry = Entry.objects.get(what="Acknowledged")
    assert (entry.via, entry.by, entry.incident) == ("cli", Incident.objects.get(id=1).acknowledged_by, 1)
    story.fast_forward(hours=1)
    story.expect_page("Ana", within_seconds=9999)
    story.expect_no_page()


def test_without_a_name_it_is_recorded_as_nobodys_and_says_so(story: Story, run: Run) -> None:
    story.cast().alert("db-1 is down")
    assert "Name yourself with --as EMAIL" in run("ack", "1").stdout
    assert Entry.objects.get(what="Acknowledged").by == 0


def test_several_at_once_have_a_result_each_and_the_worst_exit_status(story: Story, run: Run) -> None:
    story.cast().alert("db-1 is down")
    story.alert("db-2 is down")
    story.does("Ana", Acknowledged, 1)
    again = run("ack", "1", "#2", "--as", ANA, "--json")
    assert again.exit_code == 4
    answers = json.loads(again.stdout)
    assert answers["by"] == {"name": "Ana", "email": ANA}
    assert [(one["number"], one["changed"], one["reason"]) for one in answers["results"]] == [
        (1, False, "already_acknowledged"),
        (2, True, "acknowledged"),
    ]
    assert run("resolve", "1", "99").exit_code == 3
    assert Incident.objects.get(id=1).status == Status.RESOLVED


def test_the_rest_of_the_answers(story: Story, run: Run) -> None:
    story.cast().alert("db-1 is down")
    story.expect_page("Ana")
    assert run("snooze", "1", "--for", "30m", "--as", ANA).exit_code == 0
    assert told(run, "incidents")["incidents"][0]["next"]["in_seconds"] == 1800
    assert run("unack", "1").exit_code == 0
    assert run("escalate", "1").exit_code == 0
    assert told(run, "incidents")["incidents"][0]["paging"] == [{"name": "Bo", "email": BO}]
    assert run("reassign", "1", "--to", CY).exit_code == 0
    assert run("reassign", "1", "--policy", "search").exit_code == 0
    assert told(run, "incidents")["incidents"][0]["policy"] == "Search"
    assert run("resolve", "1").exit_code == 0
    assert run("reopen", "1").exit_code == 0
    assert run("reopen", "1").exit_code == 4


def test_everything_about_one_incident(story: Story, run: Run) -> None:
    story.cast().alert("db-1 is down")
    story.fast_forward(minutes=5)
    run("ack", "1", "--as", BO)
    result = run("show", "1")
    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    for part in (
        "#1 ◆ acknowledged critical, high urgency",
        "service checkout · team Payments",
        "began 2026-11-22 02:00:00 UTC, 5 min ago",
        "who Bo has it",
        "Alerts (1 open of 1)",
        "Bo (sms)",
        "? handed over ✓ 02:05:00",
        "A new alert opened this incident. Pages Ana (sms).",
        "By Bo, cli. Somebody has it; paging stopped.",
    ):
        assert part in text, part
    assert max(len(line) for line in result.stdout.splitlines()) <= 80


def test_attempted_delivered_and_acknowledged_are_three_things_in_json(story: Story, run: Run) -> None:
    story.cast().alert("db-1 is down")
    story.fast_forward(minutes=5)
    run("ack", "1", "--as", BO)
    shown = told(run, "show", "1")
    assert set(shown) == {"at", "incident", "alerts", "pages", "timeline", "coming"}
    pages = [(p["person"], bool(p["attempted_at"]), p["delivered"], p["acknowledged_at"]) for p in shown["pages"]]
    assert pages == [("Ana", True, None, None), ("Bo", True, None, "2026-11-22T02:05:00Z")]
    assert [entry["reason"] for entry in shown["timeline"] if entry["what"] == "Acknowledged"] == ["acknowledged"]


def test_the_title_of_a_stranger_steers_no_terminal(story: Story, run: Run) -> None:
    story.cast().alert("\x1b[2Jgone\u202e [bold]x[/bold]")
    for command in (("incidents",), ("show", "1"), ("ack", "1")):
        assert "\x1b" not in (printed := run(*command).stdout)
        assert "\u202e" not in printed
        assert "[bold]x[/bold]" in printed


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("incidents", "--service", "chekout"), 3, "There is no service called chekout. Did you mean checkout?"),
        (("incidents", "--team", "nope"), 3, "There is no team called nope."),
        (("incidents", "--status", "lost"), 2, "is not triggered, acknowledged or resolved"),
        (("show", "7"), 3, "There is no incident 7."),
        (("ack", "x"), 2, "is not the number of an incident"),
        (("ack", "1", "--as", "zoe@example.org"), 3, "Nobody here has the address zoe@example.org."),
        (("snooze", "1", "--for", "30"), 2, "Did you mean 30s or 30m?"),
        (("snooze", "1", "10m"), 2, "Did you mean --for 10m?"),
        (("rehearse", "--service", "chekout"), 3, "There is no service called chekout. Did you mean checkout?"),
        (("rehearse", "--severity", "loud"), 2, "'loud' is not one of critical, error, warning, info."),
        (("rehearse", "--zone", "Berlin"), 2, "'Berlin' is no time zone such as Europe/Madrid or UTC. Did you mean"),
        (("rehearse", "--at", "Sunnday 02:00"), 2, "'Sunnday 02:00' is no time. Did you mean Sunday?"),
        (("who", "--team", "nope"), 3, "There is no team called nope."),
        (("who", "--at", "25:00"), 2, "'25:00' is on no clock"),
        (("reassign", "1"), 2, "either --to EMAIL"),
        (("reassign", "1", "--policy", "nope"), 3, "There is no policy called nope."),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(story: Story, run: Run, words, status, says) -> None:
    story.cast().alert("db-1 is down")
    result = run(*words)
    assert result.exit_code == status
    assert says in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.output


def test_somebody_who_was_switched_off_cannot_act(story: Story, run: Run) -> None:
    story.cast().alert("db-1 is down")
    story.switch_off("Bo")
    result = run("ack", "1", "--as", BO)
    assert (result.exit_code, result.stderr) == (3, "watchbill: Bo is switched off here and cannot act.\n")
