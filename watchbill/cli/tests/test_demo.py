"""The demo, whole: processes, sockets and database are real."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from watchbill.runtime.postgres import PostgresError, url_of

HOPS = 8


def demo(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "watchbill", "demo", "--data-dir", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for all tests, so that the later ones find a demo that has run before."""
    return tmp_path_factory.mktemp("demo") / "d"


@pytest.mark.slow
def test_one_round_happens_and_nothing_is_left_running(folder: Path) -> None:
    result = demo("--once", "--json", "--port", "0", folder=folder)
    told = json.loads(result.stdout)
    assert (result.returncode, told["ok"], told["wrong"]) == (0, True, ""), result.stdout
    assert len(told["hops"]) == HOPS
    assert all(hop["ok"] and 0 < hop["ms"] <= hop["limit_ms"] for hop in told["hops"])
    assert "page_attempted" in Path(told["log"]).read_text()
    with pytest.raises(PostgresError):
        url_of(folder)


def test_a_port_that_is_taken_is_told_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = demo("--port", str(taken.getsockname()[1]), folder=tmp_path / "d")
    assert result.returncode == 1
    assert "already. Take another: watchbill demo --port 0" in result.stdout
    assert result.stderr == ""


@pytest.mark.slow
def test_it_stays_until_it_is_told_to_stop_and_a_second_one_is_told_who_holds_the_folder(folder: Path) -> None:
    command = [sys.executable, "-m", "watchbill", "demo", "--data-dir", str(folder), "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as running:
        assert running.stdout is not None
        printed = ""
        while "Ctrl-C stops it" not in printed:
            line = running.stdout.readline()
            assert line, printed
            printed += line
        second = demo("--once", "--port", "0", folder=folder)
        assert second.returncode == 1
        number = printed.partition("watchbill ack ")[2].split()[0]
        taken = subprocess.run(
            [sys.executable, "-m", "watchbill", "ack", number, "--as", "ana@demo.example", "--data-dir", str(folder)],
            check=True,
            capture_output=True,
        )
        assert taken.returncode == 0
        while f"[#{number}] Ana" not in (line := running.stdout.readline()) or " ACK " not in line:
            assert line, "it ended"
        assert "is in use by process" in second.stdout
        running.send_signal(signal.SIGINT)
        rest, _ = running.communicate(timeout=30)
    assert running.returncode == 0
    assert "Nothing runs any more" in rest
    for part in ("PAGE  [#", "/a/", 'curl -d \'{"routing_key":"wb', "/v1/alertmanager/wb", "watchbill ack "):
        assert part in printed, part
    assert '"event": ' not in printed  # the log is in its file
    for part in ("watchbill show ", "demo.log"):
        assert part in printed, part
    with pytest.raises(PostgresError):
        url_of(folder)
