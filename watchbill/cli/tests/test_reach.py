"""When Watchbill cannot be reached the command says why and what to do, and never shows a traceback."""

import json
from pathlib import Path

from typer.testing import CliRunner

from tests.acceptance.story import Story
from tests.asking import as_url
from tests.fakes.running import free_port
from watchbill.cli.main import app


def run(*words: str):
    """A command's result."""
    return CliRunner().invoke(app, words)


def test_no_server_in_the_folder(tmp_path: Path) -> None:
    result = run("incidents", "--data-dir", str(tmp_path))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"watchbill: Watchbill is not running here (no server in {tmp_path}).")
    assert "watchbill serve" in result.stderr and "--database-url" in result.stderr


def test_no_server_behind_the_url() -> None:
    result = run("status", "--database-url", f"postgresql://nobody@127.0.0.1:{free_port()}/nothing")
    assert result.exit_code == 1
    assert result.stderr.startswith("watchbill: The database cannot be reached: ")


def test_a_database_without_watchbill(server_url: str) -> None:
    for command in ("incidents", "status", "who"):
        result = run(command, "--database-url", as_url(server_url))
        assert result.exit_code == 1
        assert "holds no Watchbill yet" in result.stderr


def test_status_is_not_ready_without_a_node_and_ready_with_one(story: Story) -> None:
    story.cast()
    url = as_url(story.database.url)
    dead = run("status", "--database-url", url)
    assert dead.exit_code == 1
    assert "✗ not ready" in dead.stdout and "No node lives" in dead.stdout
    beat = "INSERT INTO node (name, version, started_at, beat_at) VALUES ('one', '0.1.0', app_now(), app_now())"
    story.database.link.execute(beat)
    assert run("status", "--database-url", url).exit_code == 0
    story.database.move_clock(seconds=20)
    assert "SILENT for 20 s" in run("status", "--database-url", url).stdout


def test_status_as_json_has_its_shape(story: Story) -> None:
    told = json.loads(run("status", "--json", "--database-url", as_url(story.database.url)).stdout)
    assert set(told) == {
        "ready", "wrong", "version", "nodes", "database", "pages", "incidents", "events_last_hour", "front_door",
        "notices",
    }  # fmt: skip
    assert told["ready"] is False
    assert told["database"]["missing"] == told["database"]["newer"] == 0
    assert told["notices"] == {"due": 0, "failed_last_day": 0}
    assert told["pages"] == {"due": 0, "leased": 0, "unknown": 0, "oldest_due_seconds": 0.0, "failed_last_day": 0}


def test_status_counts_the_notices_that_were_given_up_lately(story: Story) -> None:
    url = as_url(story.database.url)
    assert "failed notices" not in run("status", "--database-url", url).stdout
    story.database.link.execute(
        "INSERT INTO notice (person_id, kind, key, subject, body, created_at, state, attempts, detail, settled_at) "
        "SELECT 1, 'gap', 'gap ' || hours, '', '', app_now(), 'failed', 1, '', app_now() - make_interval(hours => hours) "
        "FROM unnest(ARRAY[1, 2, 25]) AS hours"
    )
    assert "2 in the last 24 hours" in run("status", "--database-url", url).stdout.partition("failed notices")[2]


def test_status_says_that_a_page_waits_too_long_and_that_the_front_door_is_shut(story: Story) -> None:
    story.cast().alert("db-1 is down")
    story.database.link.execute("UPDATE page SET state = 'due', due_at = app_now() - interval '5 minutes'")
    result = run("status", "--url", f"http://127.0.0.1:{free_port()}", "--database-url", as_url(story.database.url))
    assert result.exit_code == 1
    assert "A page has been due for 5 min" in result.stdout
    assert "Nothing answers at" in result.stdout
