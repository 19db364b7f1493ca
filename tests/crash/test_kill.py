"""kill -9 at ten points of one round: whatever was answered 202 is paged, and the round goes on to its end."""

import json
import os
import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.http import HttpFake, hang, ok
from tests.fakes.running import Running, running
from tests.fakes.waiting import until

pytestmark = pytest.mark.slow

Point = Callable[[Running, HttpFake], None]


def _paged(provider: HttpFake, count: int = 1) -> str:
    """Waits for so many pages at the provider; answers the acknowledge link of the last one."""
    body = json.loads(provider.requests.wait_for(count, patience=40)[count - 1].body)
    return str(re.findall(r'http://[^"]+?/a/[\w-]+(?=")', json.dumps(body))[0])


def _state(watchbill: Running) -> str:
    rows = watchbill.rows("SELECT status FROM incident ORDER BY id")
    return str(rows[0][0]) if rows else "none"


def before_anything(watchbill: Running, provider: HttpFake) -> None:
    """The first kill comes before the event."""


def after_the_event_was_taken(watchbill: Running, provider: HttpFake) -> None:
    provider.behave(hang())
    assert watchbill.trigger().status == 202


def while_the_page_is_being_sent(watchbill: Running, provider: HttpFake) -> None:
    provider.behave(hang())
    assert watchbill.trigger().status == 202
    provider.requests.wait_for(1)


def after_the_page_was_sent(watchbill: Running, provider: HttpFake) -> None:
    assert watchbill.trigger().status == 202
    _paged(provider)


def after_the_page_was_settled(watchbill: Running, provider: HttpFake) -> None:
    after_the_page_was_sent(watchbill, provider)
    until(lambda: watchbill.rows("SELECT 1 FROM page WHERE state = 'accepted'"), "the page is settled")


def after_a_repetition(watchbill: Running, provider: HttpFake) -> None:
    after_the_page_was_settled(watchbill, provider)
    assert watchbill.trigger().status == 202


def after_the_acknowledgement(watchbill: Running, provider: HttpFake) -> None:
    assert watchbill.trigger().status == 202
    assert watchbill.post(_paged(provider).removeprefix(watchbill.url) + "/now", b"").status == 200


def after_a_change(watchbill: Running, provider: HttpFake) -> None:
    after_the_acknowledgement(watchbill, provider)
    event = {"routing_key": "wb0123456789abcdefghijklmnopqrst", "payload": {"summary": "deploy 42", "source": "ci"}}
    assert watchbill.post("/v2/change/enqueue", json.dumps(event).encode()).status == 202


def after_the_resolve(watchbill: Running, provider: HttpFake) -> None:
    after_the_acknowledgement(watchbill, provider)
    assert watchbill.trigger(action="resolve").status == 202


def amid_events(watchbill: Running, provider: HttpFake) -> None:
    """Events keep coming in while it dies; each one that was answered 202 must be there afterwards."""
    stop = threading.Event()

    def send() -> None:
        number = 0
        while not stop.is_set():
            try:
                if watchbill.trigger(f"load-{number}").status == 202:
                    taken.append(f"load-{number}")
            except OSError:
                return
            number += 1

    taken: list[str] = []
    sender = threading.Thread(target=send)
    sender.start()
    until(lambda: len(taken) >= 20, "events are taken")
    watchbill.kill()
    stop.set()
    sender.join()
    watchbill.start()
    kept = {key for (key,) in watchbill.rows("SELECT dedup_key FROM alert WHERE dedup_key LIKE 'load-%%'")}
    assert not [key for key in taken if key not in kept], "an event that was answered 202 is gone"


POINTS: tuple[Point, ...] = (
    before_anything,
    after_the_event_was_taken,
    while_the_page_is_being_sent,
    after_the_page_was_sent,
    after_the_page_was_settled,
    after_a_repetition,
    after_the_acknowledgement,
    after_a_change,
    after_the_resolve,
    amid_events,
)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.__name__)
def test_nothing_is_lost_by_kill_9(point: Point, tmp_path: Path) -> None:
    with HttpFake() as provider, running(tmp_path, allow_ports=str(provider.port)) as watchbill:
        watchbill.seed("webhook", {"url": provider.url})
        point(watchbill, provider)
        provider.behave(then=ok())
        watchbill.kill()
        watchbill.start()
        assert watchbill.trigger().status == 202
        watchbill.rows("UPDATE page SET due_at = app_now() WHERE state = 'leased'")  # the lease need not be waited for
        until(lambda: not watchbill.rows("SELECT 1 FROM page WHERE state IN ('due', 'leased', 'unknown')"), "at rest")
        pages = watchbill.rows(
            "SELECT i.id FROM incident i WHERE NOT EXISTS (SELECT 1 FROM page WHERE incident_id = i.id)"
        )
        assert not pages, "every incident has paged somebody"
        assert watchbill.rows("SELECT count(*) FROM alert WHERE resolved_at IS NULL AND dedup_key = 'db-1'") == [(1,)]
        assert watchbill.trigger(action="resolve").status == 202
        assert (
            watchbill.rows(
                "SELECT status FROM incident i JOIN alert a ON a.incident_id = i.id "
                "WHERE a.dedup_key = 'db-1' AND status <> 'resolved'"
            )
            == []
        )


def test_a_node_that_dies_is_started_again_and_the_events_go_on(tmp_path: Path) -> None:
    with HttpFake() as provider, running(tmp_path, allow_ports=str(provider.port)) as watchbill:
        watchbill.seed("webhook", {"url": provider.url})
        before = watchbill.node()
        watchbill.kill_node()
        until(lambda: watchbill.is_ready() and watchbill.node() != before, "another node is ready")
        assert watchbill.trigger().status == 202
        _paged(provider)


def test_a_database_that_dies_is_started_again_and_meanwhile_events_get_503(tmp_path: Path) -> None:
    with HttpFake() as provider, running(tmp_path, allow_ports=str(provider.port)) as watchbill:
        watchbill.seed("webhook", {"url": provider.url})

        os.kill(watchbill.postmaster(), signal.SIGKILL)
        answers = {watchbill.trigger().status for _ in range(3)}
        assert answers <= {202, 503}, answers
        until(lambda: watchbill.trigger().status == 202, "events are taken again", seconds=20)
        _paged(provider)
