"""What senders, mail servers and the database do wrong, to a running Watchbill: a clear answer, nothing lost, nothing doubled."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.http import HttpFake
from tests.fakes.running import KEY, Running, ask, running
from tests.fakes.smtp import Smtp, SmtpFake
from tests.fakes.waiting import until
from watchbill.runtime.postgres import EmbeddedPostgres

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One Watchbill for all bad inputs: after each of them it must still be whole."""
    with HttpFake() as provider:
        folder = tmp_path_factory.mktemp("served")
        with running(folder, allow_ports=str(provider.port)) as watchbill:
            yield watchbill.seed("webhook", {"url": provider.url})


def _event(**payload: object) -> bytes:
    told = {"summary": "s", "source": "x", "severity": "error", **payload}
    return json.dumps({"routing_key": KEY, "event_action": "trigger", "dedup_key": "bad", "payload": told}).encode()


DECIDED = "SELECT count(*) FROM journal WHERE kind = 'fact'"

# Ana has had no message lately: storm control is another test's matter.
RELAX = "UPDATE recipient SET paced_until = NULL, held_until = NULL"

BAD: dict[str, tuple[bytes, int]] = {
    "empty body": (b"", 400),
    "not JSON": (b"{", 400),
    "not an object": (b"[]", 400),
    "a NUL byte": (_event(summary="a\0b"), 400),
    "a lone surrogate": (
        b'{"routing_key":"%s","event_action":"trigger","payload":{"summary":"\\ud800","source":"x",'
        b'"severity":"error"}}' % KEY.encode(),
        400,
    ),
    "not UTF-8": (_event().replace(b'"s"', b'"\xff"'), 400),
    "a key twice": (_event().replace(b'"source"', b'"summary": "t", "source"'), 400),
    "deep nesting": (
        _event(custom_details=1).replace(b'"custom_details": 1', b'"custom_details": ' + b"[" * 5000 + b"]" * 5000),
        400,
    ),
    "wrong types": (json.dumps({"routing_key": KEY, "event_action": 7, "payload": []}).encode(), 400),
    "no payload": (json.dumps({"routing_key": KEY, "event_action": "trigger"}).encode(), 400),
    "unknown action": (json.dumps({"routing_key": KEY, "event_action": "explode", "payload": {}}).encode(), 400),
    "a resolve without a key": (json.dumps({"routing_key": KEY, "event_action": "resolve"}).encode(), 400),
    "an unknown routing key": (_event().replace(KEY.encode(), b"z" * 32), 400),
    "512 KB and one byte": (_event(custom_details={"x": "y" * (512 * 1024)}), 413),
    "NaN": (_event(custom_details=1).replace(b'"custom_details": 1', b'"custom_details": NaN'), 400),
    "a dedup key of 256": (_event().replace(b'"bad"', b'"' + b"k" * 256 + b'"'), 400),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_a_clear_answer_and_changes_nothing(name: str, served: Running) -> None:
    body, status = BAD[name]
    before = served.rows(DECIDED)
    answer = served.post("/v2/enqueue", body)
    assert answer.status == status, answer.body
    told = answer.json()
    assert told["status"] and told["message"] and told["errors"], told
    assert served.rows(DECIDED) == before
    assert served.trigger(f"after {name}").status == 202, "the next event is taken"


def test_nothing_is_ever_redirected(served: Running) -> None:
    for path in (
        "/v2/enqueue/",
        "/v2/enqueue",
        "//v2/enqueue",
        "/v2/change/enqueue/",
        "/v1/alertmanager/",
        "/a/nothing/",
    ):
        assert not 300 <= served.post(path, b"{}").status < 400, path


def test_a_body_that_never_ends_does_not_hold_others_up(served: Running) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as slow:
        slow.sendall(b"POST /v2/enqueue HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
        assert served.trigger("beside the slow one").status == 202


OUTCOMES = {
    Smtp.CLOSE_AFTER_DATA: {"page_unknown_retried"},
    # whether the last dot had left when the server closed is a matter of microseconds
    Smtp.CLOSE_AT_DATA: {"page_failed_retried", "page_unknown_retried"},
}


@pytest.mark.parametrize(
    "behaviour",
    [
        Smtp.BUSY_AT_GREETING,
        Smtp.REFUSE_LATER_AT_RCPT,
        Smtp.REFUSE_LATER_AFTER_DATA,
        Smtp.CLOSE_BEFORE_DATA,
        Smtp.CLOSE_AT_DATA,
        Smtp.CLOSE_AFTER_DATA,
    ],
)
def test_a_mail_server_that_fails_is_tried_again(behaviour: Smtp, mailing: tuple[Running, SmtpFake]) -> None:
    watchbill, smtp = mailing
    watchbill.rows(RELAX)
    smtp.cut()  # a kept connection would go on as it began
    smtp.behave(behaviour, then=Smtp.NORMAL)
    key = f"mail {behaviour.name}"
    assert watchbill.trigger(key, summary=key).status == 202
    state = "SELECT p.state, p.attempts, p.outcome FROM page p JOIN alert a USING (incident_id) WHERE a.dedup_key = %s"
    expected = OUTCOMES.get(behaviour, {"page_failed_retried"})
    until(lambda: watchbill.rows(state, key)[0][2] in expected, f"the first attempt ends as one of {expected}")
    watchbill.rows(RELAX)
    watchbill.rows("UPDATE page SET due_at = app_now() WHERE state IN ('due', 'unknown')")
    until(lambda: watchbill.rows(state, key)[0][0] == "accepted", "the second attempt arrived")
    assert watchbill.rows(state, key)[0][1] == 2


@pytest.fixture(scope="module")
def mailing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, SmtpFake]]:
    """One Watchbill that sends mail, for all that a mail server does wrong."""
    with SmtpFake() as smtp:
        folder = tmp_path_factory.mktemp("mailing")
        with running(folder, smtp_url=f"smtp://127.0.0.1:{smtp.port}?starttls=never") as watchbill:
            yield watchbill.seed("email", {}), smtp


def test_a_mail_address_that_does_not_exist_brings_bo_in_at_once(mailing: tuple[Running, SmtpFake]) -> None:
    watchbill, smtp = mailing
    watchbill.rows(RELAX)
    smtp.cut()
    smtp.behave(Smtp.REFUSE_AT_RCPT, then=Smtp.NORMAL)
    assert watchbill.trigger("no such box").status == 202
    told = "SELECT p.person_id, p.state FROM page p JOIN alert a USING (incident_id) WHERE a.dedup_key = 'no such box' ORDER BY p.id"
    until(lambda: watchbill.rows(told) == [(1, "failed"), (2, "accepted")], "Bo is paged in Ana's place")


def test_a_database_that_is_away_in_mid_load_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path / "database", spare_segments=0)
    postgres.start()
    taken: list[str] = []
    spooled: list[str] = []
    stop = threading.Event()
    try:
        with (
            HttpFake() as provider,
            running(tmp_path, database_url=postgres.url, allow_ports=str(provider.port)) as watchbill,
        ):
            watchbill.seed("webhook", {"url": provider.url})

            def send() -> None:
                number = 0
                while not stop.is_set():
                    number += 1
                    key = f"load-{number}"
                    answer = watchbill.trigger(key)
                    assert answer.status == 202, answer
                    if "watchbill-spooled" in answer.headers:
                        assert "kept on this node's disk" in answer.json()["message"]
                        spooled.append(key)
                    taken.append(key)

            sender = threading.Thread(target=send)
            sender.start()
            until(lambda: len(taken) > 20, "events are taken")
            postgres.stop()
            until(lambda: len(spooled) >= 20, "events are kept in the spool", seconds=20)
            waiting = ask("GET", f"{watchbill.url}/readyz")
            assert waiting.status == 503 and waiting.json()["spooled"] >= 20
            postgres.start()
            until(lambda: "spool_drained" in watchbill.log.read_text(), "the spool is drained under load", seconds=30)
            more = len(taken) + 20
            until(lambda: len(taken) > more, "events are committed again", seconds=30)
            stop.set()
            sender.join()
            until(
                lambda: not watchbill.rows("SELECT 1 FROM page WHERE state IN ('due', 'leased', 'unknown')"),
                "at rest",
                seconds=40,
            )
            kept = [key for (key,) in watchbill.rows("SELECT dedup_key FROM alert WHERE resolved_at IS NULL")]
            assert sorted(set(kept)) == sorted(kept), "an alert is there twice"
            assert not set(taken[:-1]) - set(kept), "an event that was answered 202 is gone"
    finally:
        stop.set()
        postgres.stop()
