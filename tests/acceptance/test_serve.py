"""`watchbill serve` as an operator meets it: settings, the second start, health, the stop."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fakes.http import HttpFake, hang, ok
from tests.fakes.running import KEY, PROJECT, Running, ask, running
from tests.fakes.waiting import until

pytestmark = pytest.mark.slow


def serve(*options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A start that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "watchbill", "serve", *options],
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin", **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("options", "variables", "says"),
    [
        (["--port", "0"], {}, "port is 0, but must be 1 to 65535"),
        ([], {"WATCHBILL_PORT": "eighty"}, "WATCHBILL_PORT is 'eighty', but must be a whole number"),
        (["--database-url", "mysql://x/y"], {}, "must begin with postgresql://"),
        (["--log-level", "loud"], {}, "must be one of debug, info, warning, error"),
        (["--secret-key", "short"], {}, "at least 32"),
        (["--allow-networks", "10.0.0.0/99"], {}, "'10.0.0.0/99' is no network"),
        (["--allow-networks", "169.254.169.254/32"], {}, "can never be allowed"),
        ([], {"WATCHBILL_PROT": "8811"}, "WATCHBILL_PROT is not a setting of Watchbill"),
        (["--data-dir", "/dev/null"], {}, "/dev/null"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start_with_a_sentence(
    options: list[str], variables: dict[str, str], says: str, tmp_path: Path
) -> None:
    where = [] if "--data-dir" in options else ["--data-dir", str(tmp_path / "data")]
    ended = serve(*options, *where, **variables)
    assert ended.returncode != 0
    assert says in ended.stderr, ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_second_start_on_the_same_folder_says_who_holds_it(tmp_path: Path) -> None:
    with running(tmp_path) as watchbill:
        second = serve("--data-dir", str(tmp_path / "data"), "--port", "8899")
        assert second.returncode == 1
        assert watchbill.process is not None
        assert str(watchbill.process.pid) in second.stderr, second.stderr
        assert watchbill.is_ready()


def test_a_port_that_is_taken_is_said_and_leaves_nothing_running(tmp_path: Path) -> None:
    with HttpFake() as other:
        ended = serve("--data-dir", str(tmp_path / "data"), "--port", str(other.port))
        assert ended.returncode == 1
        assert str(other.port) in ended.stderr and "port" in ended.stderr, ended.stderr


def test_health_says_what_there_is_to_say(tmp_path: Path) -> None:
    with running(tmp_path) as watchbill:
        assert ask("GET", watchbill.url + "/healthz").json() == {"status": "ok"}
        checks = ask("GET", watchbill.url + "/readyz").json()["checks"]
        assert set(checks.values()) == {"ok"} and "database" in checks
        figures = ask("GET", watchbill.url + "/metrics").body.decode()
        for name in (
            "watchbill_first_attempt_seconds",
            'watchbill_pages{state="due"} 0.0',
            "watchbill_oldest_due_page_seconds 0.0",
            "watchbill_node_beat_age_seconds{",
        ):
            assert name in figures
        assert ask("POST", watchbill.url + "/healthz", b"").status == 405
        assert ask("GET", watchbill.url + "/nothing/here").status == 404


def test_a_stop_is_over_in_ten_seconds_also_when_a_provider_hangs_and_nothing_is_lost(tmp_path: Path) -> None:
    with HttpFake() as provider, running(tmp_path, allow_ports=str(provider.port)) as watchbill:
        watchbill.seed("webhook", {"url": provider.url})
        provider.behave(hang())
        assert watchbill.trigger().status == 202
        provider.requests.wait_for(1)
        began = time.monotonic()
        assert watchbill.stop() == 0
        assert time.monotonic() - began < 10
        watchbill.start()
        (page,) = watchbill.rows("SELECT state, outcome FROM page")
        assert page == ("unknown", "page_unknown_retried"), "what may have arrived is sent again"


def test_a_running_node_tells_notices_and_no_page_waits_for_them(tmp_path: Path) -> None:
    with HttpFake() as provider, running(tmp_path, allow_ports=str(provider.port)) as watchbill:
        watchbill.seed("webhook", {"url": provider.url})
        provider.behave(hang())
        watchbill.rows(
            "INSERT INTO notice (person_id, kind, key, subject, body, created_at, state, due_at, attempts, detail) "
            "SELECT 1, 'starts', 'starts 1 1 ' || n, 'Your duty begins', '', app_now(), 'due', app_now(), 0, '' "
            "FROM generate_series(1, 10) AS n"
        )
        provider.requests.wait_for(2)
        assert watchbill.trigger().status == 202
        told = [request.json()["type"] for request in provider.requests.wait_for(3, patience=5)]
        assert told == ["notice", "notice", "incident.paged"], (
            "the other notices wait for a place, and the page does not"
        )
        began = time.monotonic()
        assert watchbill.stop() == 0
        assert time.monotonic() - began < 10
        watchbill.start()
        assert watchbill.rows("SELECT DISTINCT state FROM notice") == [("due",)], "what may have arrived is told again"


def test_an_idle_stop_is_quick_and_leaves_no_process(tmp_path: Path) -> None:
    with running(tmp_path) as watchbill:
        began = time.monotonic()
        assert watchbill.stop() == 0
        assert time.monotonic() - began < 4
        until(lambda: not _processes_of(watchbill), "no process of it is left")


def _processes_of(watchbill: Running) -> list[str]:
    found = subprocess.run(["pgrep", "-f", str(watchbill.folder)], capture_output=True, text=True, check=False)
    return found.stdout.split()


def test_commands_judge_as_the_node_beside_them_does(tmp_path: Path) -> None:
    with HttpFake() as provider, running(tmp_path, allow_ports=str(provider.port)) as watchbill:
        watchbill.seed("webhook", {"url": provider.url})
        where = ["--data-dir", str(tmp_path / "data")]
        exported = _command("export", *where)
        assert exported.returncode == 0, exported.stderr
        (tmp_path / "team.yaml").write_text(exported.stdout)
        planned = _command("plan", str(tmp_path / "team.yaml"), *where)
        assert planned.returncode == 0, planned.stdout + planned.stderr
        listed = _command("incidents", "--json", *where)
        assert listed.returncode == 0, listed.stderr


def _command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "watchbill", *words],
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_no_secret_is_ever_logged(tmp_path: Path) -> None:
    secret = "whsec_" + "c2VjcmV0IG9mIHRoZSB3ZWJob29rIG9mIEFuYQ=="
    with (
        HttpFake() as provider,
        running(
            tmp_path, allow_ports=str(provider.port), log_level="debug", smtp_url="smtp://u:hunter2@127.0.0.1:1"
        ) as watchbill,
    ):
        watchbill.seed("webhook", {"url": provider.url + "/hook?token=in-the-url", "secret": secret})
        provider.behave(hang(), then=ok())
        assert watchbill.trigger().status == 202
        provider.requests.wait_for(1)
        watchbill.post(f"/v1/alertmanager/{KEY}", b"not json")
        watchbill.post("/v2/enqueue", b'{"routing_key": "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "event_action": "trigger"}')
        watchbill.stop()
        told = watchbill.log.read_text()
    assert '"incident": 1' in told or '"incident":1' in told, "the log says which incident"
    for hidden in (secret, secret[6:], KEY, "hunter2", "in-the-url", "/a/A"):
        assert hidden not in told, f"{hidden} stands in the log"


def test_a_lane_that_cannot_work_is_said_by_readyz(tmp_path: Path) -> None:
    with running(tmp_path) as watchbill:
        watchbill.rows("ALTER TABLE recipient RENAME TO mislaid")
        watchbill.seed("webhook", {"url": "http://127.0.0.1:9/"})
        assert watchbill.trigger().status == 202
        until(lambda: not watchbill.is_ready(), "readyz says no")
        checks = ask("GET", watchbill.url + "/readyz").json()["checks"]
        assert "recipient" in checks["lane webhook"], checks
        watchbill.rows("ALTER TABLE mislaid RENAME TO recipient")
        until(watchbill.is_ready, "readyz says yes again")


def test_a_database_that_is_not_there_at_the_start_is_said_once_and_waited_for(tmp_path: Path) -> None:
    watchbill = Running(tmp_path, database_url="postgresql://nobody:hunter2@127.0.0.1:1/nothing")
    try:
        watchbill.start(ready=False)
        until(lambda: "database_cannot_be_reached" in watchbill.log.read_text(), "it is said")
        assert watchbill.stop() in (0, 1)
    finally:
        watchbill.end()
    told = watchbill.log.read_text()
    assert "Traceback" not in told and told.count("database_cannot_be_reached") == 1 and "hunter2" not in told, told
    assert "hunter2" not in (tmp_path / "data" / "lock").read_text()
