"""`watchbill send`: what goes over the wire, and what is said of the answer."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from tests.fakes.http import HttpFake, answer
from tests.fakes.running import free_port
from watchbill.cli.main import app
from watchbill.settings import load, remember

TAKEN = answer(202, b'{"status":"success","message":"Event processed","dedup_key":"k1"}')


@pytest.fixture
def node() -> Iterator[HttpFake]:
    with HttpFake() as web:
        web.behave(TAKEN)
        yield web


def send(node: HttpFake, *words: str, **environ: str):
    return CliRunner().invoke(app, ["send", "--url", node.url, *words], env=environ)


def test_an_event_goes_over_the_wire_as_events_v2(node: HttpFake) -> None:
    result = send(
        node, "--key", "K" * 32, "--summary", "Disk is full", "--severity", "critical", "--source", "db-1",
        "--dedup-key", "k1", "--detail", "free=3GB", "--detail", "query=a=b",
    )  # fmt: skip
    assert (result.exit_code, result.stdout) == (0, "✓ Accepted and committed. Its key: k1\n")
    request = node.requests[0]
    assert (request.method, request.path) == ("POST", "/v2/enqueue")
    assert request.json() == {
        "routing_key": "K" * 32,
        "event_action": "trigger",
        "dedup_key": "k1",
        "payload": {
            "summary": "Disk is full",
            "severity": "critical",
            "source": "db-1",
            "custom_details": {"free": "3GB", "query": "a=b"},
        },
    }


def test_what_is_only_on_the_nodes_disk_is_not_called_committed(node: HttpFake) -> None:
    node.behave(answer(202, b'{"status":"success","dedup_key":"k1"}', {"Watchbill-Spooled": "true"}))
    result = send(node, "--action", "resolve", "--dedup-key", "k1", "--key", "K" * 32)
    assert result.exit_code == 0
    assert result.stdout == "✓ Kept on the node's disk until its database is back. Its key: k1\n"


def test_the_key_may_come_from_the_environment_and_the_answer_as_json(node: HttpFake) -> None:
    result = send(node, "--action", "resolve", "--dedup-key", "k1", "--json", WATCHBILL_KEY="K" * 32)
    assert json.loads(result.stdout) == {
        "accepted": True,
        "dedup_key": "k1",
        "message": "Event processed",
        "spooled": False,
    }
    assert node.requests[0].json() == {"routing_key": "K" * 32, "event_action": "resolve", "dedup_key": "k1"}


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        (answer(400, b'{"status":"invalid event","errors":["Invalid routing key"]}'), "Not taken (400): Invalid routing key"),
        (answer(429, b'{"errors":["Too many"]}', {"Retry-After": "7"}), "Not taken (429): Too many Try again in 7 s."),
        (answer(404, b"<html>"), "Not taken (404): is this the address of a Watchbill?"),
        (answer(200, b"hello"), "Not taken (200): is this the address of a Watchbill?"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_in_the_words_of_the_node(node: HttpFake, behaviour, says: str) -> None:
    node.behave(behaviour)
    result = send(node, "--key", "K", "--summary", "x")
    assert (result.exit_code, result.stderr) == (1, f"watchbill: {says}\n")


def test_where_nothing_listens_that_is_said() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    result = CliRunner().invoke(app, ["send", "--url", url, "--key", "K", "--summary", "x"])
    assert result.exit_code == 1
    assert result.stderr == (
        f"watchbill: Nothing answers at {url}: Connection refused. "
        "If Watchbill listens elsewhere, name it with --url.\n"
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_without_an_address_it_goes_to_the_serve_of_the_data_folder(node: HttpFake, tmp_path: Path, host: str) -> None:
    port = urlsplit(node.url).port
    remember(load({"data_dir": tmp_path, "host": host, "port": port}, environ={}))
    words = ["send", "--data-dir", str(tmp_path), "--key", "K", "--summary", "x"]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert len(node.requests) == 1
    elsewhere = CliRunner().invoke(app, words, env={"WATCHBILL_URL": f"http://127.0.0.1:{free_port()}"})
    assert (elsewhere.exit_code, len(node.requests)) == (1, 1), "what is said outright goes first"


@pytest.mark.parametrize(
    "words",
    [
        ("--key", "K"),
        ("--summary", "x"),
        ("--key", "K", "--summary", "x", "--severity", "awful"),
        ("--key", "K", "--action", "resolve"),
        ("--key", "K", "--action", "explode"),
        ("--key", "K", "--summary", "x", "--detail", "nothing"),
    ],
)
def test_a_mistake_in_the_command_sends_nothing(node: HttpFake, words: tuple[str, ...]) -> None:
    assert send(node, *words).exit_code == 2
    assert len(node.requests) == 0
