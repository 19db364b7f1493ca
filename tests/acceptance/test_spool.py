"""A database that is away, frozen or gone for long, under a running Watchbill: events are kept on disk, then page."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fakes.http import HttpFake
from tests.fakes.running import KEY, Answer, Running, ask, running
from tests.fakes.waiting import until
from watchbill.runtime.postgres import EmbeddedPostgres

pytestmark = pytest.mark.slow


class House:
    """A Watchbill whose database can be stopped, and the provider to which its pages go."""

    def __init__(self, watchbill: Running, postgres: EmbeddedPostgres, provider: HttpFake) -> None:
        self.watchbill = watchbill
        self.postgres = postgres
        self.provider = provider

    def kept(self, key: str) -> Answer:
        """Sends an event and expects it to be spooled."""
        answer = self.watchbill.trigger(key)
        assert (answer.status, answer.headers.get("watchbill-spooled")) == (202, "true"), answer
        return answer

    def alerts(self) -> list[str]:
        """The keys of the open alerts, in the order in which they came to be."""
        return [
            key for (key,) in self.watchbill.rows("SELECT dedup_key FROM alert WHERE resolved_at IS NULL ORDER BY id")
        ]

    def figure(self, name: str) -> float:
        """A figure without labels."""
        figures = ask("GET", f"{self.watchbill.url}/metrics", timeout=15).body.decode()
        return float(next(line for line in figures.splitlines() if line.startswith(f"{name} ")).split()[1])

    def processes(self) -> list[int]:
        """The database's processes, the postmaster first."""
        first = int((self.postgres._cluster / "postmaster.pid").read_text().split()[0])
        found = [first]
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                if path.read_text().rpartition(")")[2].split()[1] == str(first):
                    found.append(int(path.parent.name))
            except OSError:
                continue
        return found


@contextmanager
def house(folder: Path, **settings: str) -> Iterator[House]:
    postgres = EmbeddedPostgres(folder / "database", spare_segments=0)
    postgres.start()
    try:
        with (
            HttpFake() as provider,
            running(folder, database_url=postgres.url, allow_ports=str(provider.port), **settings) as watchbill,
        ):
            watchbill.seed("webhook", {"url": provider.url})
            answer = watchbill.trigger("before", action="resolve")
            assert answer.status == 202 and "watchbill-spooled" not in answer.headers, "the node knows the key now"
            yield House(watchbill, postgres, provider)
    finally:
        postgres.stop()


def drained(told: House) -> bool:
    return told.figure("watchbill_spool_events") == 0 and told.watchbill.is_ready()


def test_what_comes_while_the_database_is_away_pages_soon_after_it_is_back(tmp_path: Path) -> None:
    with house(tmp_path) as told:
        told.postgres.stop()
        began = time.monotonic()
        answer = told.kept("first")
        first = time.monotonic() - began
        assert "kept on this node's disk" in answer.json()["message"] and answer.json()["dedup_key"] == "first"
        began = time.monotonic()
        for number in range(50):
            told.kept(f"k{number}")
        each = (time.monotonic() - began) / 50
        assert first < 3 and each < 0.2, (first, each)
        unknown = json.dumps({"routing_key": "z" * 32, "event_action": "resolve", "dedup_key": "first"}).encode()
        assert told.watchbill.post("/v2/enqueue", unknown).status == 503, "nobody can say that it is unknown"
        ready = ask("GET", f"{told.watchbill.url}/readyz", timeout=15)
        assert (ready.status, ready.json()["spooled"]) == (503, 51)
        assert told.figure("watchbill_spool_events") == told.figure("watchbill_spooled_total") == 51
        told.postgres.start()
        began = time.monotonic()
        told.provider.requests.wait_for(1, patience=20)
        assert time.monotonic() - began < 5
        until(lambda: drained(told), "the spool is empty", seconds=20)
        assert told.alerts() == ["first", *(f"k{number}" for number in range(50))]
        answer = told.watchbill.trigger("after")
        assert answer.status == 202 and "watchbill-spooled" not in answer.headers
        log = told.watchbill.log.read_text()
        assert log.count('"spool_begun"') == log.count('"spool_drained"') == 1, log


def test_kill_9_of_a_node_with_a_full_spool_loses_nothing(tmp_path: Path) -> None:
    with house(tmp_path) as told:
        told.postgres.stop()
        keys = [f"k{number}" for number in range(30)]
        for key in keys[:15]:
            told.kept(key)
        told.watchbill.kill()
        told.watchbill.start(ready=False)  # it waits for its database, with a spool of an earlier life
        told.postgres.start()
        until(lambda: drained(told), "the spool is empty", seconds=30)
        assert told.alerts() == keys[:15]
        told.postgres.stop()
        for key in keys[15:]:
            told.kept(key)
        assert told.watchbill.stop() in (0, 1)
        told.postgres.start()
        told.watchbill.start()
        until(lambda: drained(told), "the spool is empty", seconds=30)
        assert told.alerts() == keys


def test_a_trigger_and_its_end_in_one_outage_page_nobody(tmp_path: Path) -> None:
    with house(tmp_path) as told:
        told.postgres.stop()
        told.kept("short")
        assert told.watchbill.trigger("short", action="resolve").status == 202
        told.kept("long")
        told.postgres.start()
        until(lambda: drained(told), "the spool is empty", seconds=20)
        told.provider.requests.wait_for(1, patience=20)
        assert told.alerts() == ["long"]
        states = "SELECT p.state FROM page p JOIN alert a USING (incident_id) WHERE a.dedup_key = 'short'"
        until(lambda: {state for (state,) in told.watchbill.rows(states)} <= {"suppressed"}, "no page of the short one")
        assert all(b"short" not in request.body for request in told.provider.requests)


def test_a_database_that_is_frozen_is_noticed(tmp_path: Path) -> None:
    with house(tmp_path) as told:
        frozen = told.processes()
        try:
            for number in frozen:
                os.kill(number, signal.SIGSTOP)
            began = time.monotonic()
            told.kept("first")
            first = time.monotonic() - began
            began = time.monotonic()
            for number in range(20):
                told.kept(f"k{number}")
            each = (time.monotonic() - began) / 20
            assert first < 4 and each < 0.2, (first, each)
        finally:
            for number in frozen:
                os.kill(number, signal.SIGCONT)
        until(lambda: drained(told), "the spool is empty", seconds=30)
        assert sorted(told.alerts()) == sorted(["first", *(f"k{number}" for number in range(20))])


def test_a_full_spool_is_503_and_loses_nothing_that_was_taken(tmp_path: Path) -> None:
    with house(tmp_path, spool_mb="1") as told:
        told.postgres.stop()
        taken: list[str] = []
        details = {"custom_details": {"x": "y" * 20_000}}
        while (answer := told.watchbill.post("/v2/enqueue", _event(f"k{len(taken)}", details))).status == 202:
            taken.append(f"k{len(taken)}")
        assert answer.status == 503 and int(answer.headers["retry-after"]) >= 1 and len(taken) > 10
        assert "spool_full" in told.watchbill.log.read_text()
        told.postgres.start()
        until(lambda: drained(told), "the spool is empty", seconds=30)
        assert told.alerts() == taken


def _event(key: str, more: dict[str, object]) -> bytes:
    payload = {"summary": "s", "source": "x", "severity": "error", **more}
    return json.dumps({"routing_key": KEY, "event_action": "trigger", "dedup_key": key, "payload": payload}).encode()
