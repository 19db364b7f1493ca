"""The command as a script and a person use it: its exit status, its output, its question."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from urllib.parse import urlencode

import pytest
from psycopg.conninfo import conninfo_to_dict
from typer.testing import CliRunner

from watchbill.cli.configuration import app
from watchbill.configuration.tests.bad_files import GOOD

SECRET = "the secret key of the nodes and of more than 32 characters"


@pytest.fixture
def watchbill(house, tmp_path, monkeypatch):
    parts = conninfo_to_dict(house.database.url)
    url = f"postgresql:///{parts.pop('dbname')}?{urlencode(parts)}"
    monkeypatch.setenv("WATCHBILL_DATABASE_URL", url)
    monkeypatch.setenv("WATCHBILL_SECRET_KEY", SECRET)
    monkeypatch.setenv("WATCHBILL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("WATCHBILL_SMTP_URL", "smtp://localhost")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "bad.yaml").write_text(GOOD.replace("wait: 5m", "wait: 5 minuts"))

    def run(*arguments, **more):
        return CliRunner().invoke(app, list(arguments), **more)

    return run


def test_the_exit_status_of_plan_says_what_it_found(watchbill):
    assert watchbill("plan", "good.yaml").exit_code == 2
    assert watchbill("plan", "bad.yaml").exit_code == 1
    assert watchbill("plan", "none.yaml").exit_code == 1
    assert watchbill("plan", "good.yaml", "--jsno").exit_code == 1, "2 would mean changes"
    assert watchbill("plan").exit_code == 1
    assert watchbill("apply", "good.yaml", "--yes").exit_code == 0
    assert watchbill("plan", "good.yaml").exit_code == 0


def test_apply_prints_a_new_key_once_and_an_export_applies(watchbill, house):
    first = watchbill("apply", "good.yaml", "--yes").stdout
    assert "curl -sS http://127.0.0.1:8811/v2/enqueue" in first
    assert "Applied: 4 added." in first
    again = watchbill("apply", "good.yaml", "--yes").stdout
    assert "curl" not in again
    assert "Nothing to do: the database is as the file says." in again
    watchbill("export", "--output", "out.yaml")
    assert watchbill("plan", "out.yaml").exit_code == 0
    assert watchbill("plan", "-", input=watchbill("export").stdout).exit_code == 0


def test_a_folder_is_read_as_one_file(watchbill, tmp_path):
    (tmp_path / "all").mkdir()
    people, rest = GOOD.split("teams:\n")
    (tmp_path / "all" / "a.yaml").write_text("watchbill: 1\nteams:\n" + rest)
    (tmp_path / "all" / "b.yaml").write_text(people)
    assert "Plan: 4 to add." in watchbill("plan", "all").stdout
    (tmp_path / "all" / "b.yaml").rename(tmp_path / "all" / "b.yml")
    assert "Plan: 4 to add." in watchbill("plan", "all").stdout
    (tmp_path / "all" / "c.yaml").write_text(people)
    assert "stands here twice, first in all/b.yml:3. Leave one." in watchbill("plan", "all").stderr


def test_json_is_json_whatever_happens(watchbill):
    told = json.loads(watchbill("plan", "good.yaml", "--json").stdout)
    assert (told["counts"]["add"], told["warnings"][0]["line"]) == (4, 10)
    refused = watchbill("plan", "bad.yaml", "--json")
    assert (refused.exit_code, json.loads(refused.stdout)["errors"][0]["line"]) == (1, 19)
    assert json.loads(watchbill("apply", "good.yaml", "--json").stdout)["errors"][0]["message"].startswith(
        "There is nobody to ask"
    )
    applied = json.loads(watchbill("apply", "good.yaml", "--json", "--yes").stdout)
    assert applied["new_keys"][0]["key"].startswith("wb")


def test_without_a_terminal_it_does_not_ask(watchbill, house):
    result = watchbill("apply", "good.yaml")
    assert (result.exit_code, house.one("SELECT count(*) FROM person")) == (1, 0)
    assert "Say --yes" in result.stderr


def test_offline_needs_no_database(watchbill, monkeypatch):
    monkeypatch.setenv("WATCHBILL_DATABASE_URL", "postgresql://nobody@localhost:1/nothing")
    assert "The file is good." in watchbill("plan", "--offline", "good.yaml").stdout
    assert watchbill("plan", "--offline", "bad.yaml").exit_code == 1
    some = watchbill(
        "plan", "--offline", "-", input="watchbill: 1\nteams:\n  - name: Nights\n    members: [bo@example.org]\n"
    )
    assert some.exit_code == 0
    assert "Whether the database has it was not asked." in some.stdout


@pytest.mark.parametrize("address", ["https://hooks.example.org:9443/x", "http://127.0.0.1/x", "http://10.1.2.3/x"])
def test_an_address_that_a_node_may_allow_is_a_warning_offline_and_an_error_with_a_database(watchbill, address):
    text = GOOD.replace("channel: email\n        address: ana@example.org", f"channel: webhook\n        url: {address}")
    offline = watchbill("plan", "--offline", "-", input=text)
    assert (offline.exit_code, offline.stderr) == (0, "")
    assert "WATCHBILL_ALLOW_PORTS, WATCHBILL_ALLOW_NETWORKS and WATCHBILL_ALLOW_LOOPBACK" in offline.stdout
    online = watchbill("plan", "-", input=text)
    assert online.exit_code == 1
    assert "The node's settings decide this: WATCHBILL_ALLOW_PORTS" in online.stderr
    for never in ("ftp://hooks.example.org/x", "http://169.254.169.254/x"):
        refused = watchbill("plan", "--offline", "-", input=text.replace(address, never))
        assert refused.exit_code == 1
        assert "ALLOW" not in refused.stderr


def test_without_a_database_it_says_what_to_do(watchbill, monkeypatch):
    monkeypatch.delenv("WATCHBILL_DATABASE_URL")
    result = watchbill("plan", "good.yaml")
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(("answer", "status", "people"), [("y", 0, 1), ("n", 1, 0), ("", 1, 0)])
def test_on_a_terminal_it_asks(watchbill, house, answer, status, people):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from watchbill.cli.configuration import app; app()", "apply", "good.yaml"]
    paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | paths
    ) as run:
        os.close(theirs)
        os.write(ours, f"{answer}\n".encode())
        said = run.communicate(timeout=60)[0].decode()
    os.close(ours)
    assert (run.returncode, house.one("SELECT count(*) FROM person")) == (status, people), said
    assert "Apply this? [y/N]:" in said
