"""A steady load: monitors that each send one event and repeat it until some node has said 2xx."""

import http.client
import itertools
import json
import secrets
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from tests.fakes.running import Answer, Running, ask
from tests.faults.organisation import SERVICES, key_of

PATIENCE = 6.0  # seconds that a monitor waits for an answer
PAUSE = 0.3  # seconds before it asks the next node
LONGEST_PAUSE = 1.0  # it is told more by Retry-After, but the runs are to be short


@dataclass(frozen=True)
class Taken:
    """An event that was answered 2xx. `asked`, `at`: monotonic, when it was first sent and when the answer had come.
    `spooled`: the node keeps it on its disk."""

    asked: float
    at: float
    service: int
    port: int
    spooled: bool


def event(key: str, service: int, action: str = "trigger", *, padding: int = 0) -> bytes:
    """The body for PagerDuty's Events v2; its title is its key, so that the provider sees which event a page is of.
    `padding`: bytes of details, which nothing can make smaller."""
    told: dict[str, object] = {"routing_key": key_of(service), "event_action": action, "dedup_key": key}
    if action == "trigger":
        details = {"custom_details": {"padding": secrets.token_hex(padding // 2)}} if padding else {}
        told["payload"] = {"summary": key, "source": "a fault", "severity": "critical", **details}
    return json.dumps(told).encode()


class Load:
    """`taken`: what was answered 2xx, by key. `refused`: how often a node said 503, by port. `wrong`: answers that no
    fault excuses, in words."""

    def __init__(self, nodes: Sequence[Running], prefix: str, *, per_second: float = 3.0) -> None:
        self.prefix = prefix
        self.taken: dict[str, Taken] = {}
        self.refused: dict[int, int] = {}
        self.wrong: list[str] = []
        self.given_up: list[str] = []
        self._nodes = nodes
        self._every = 1.0 / per_second
        self._numbers = itertools.count(1)
        self._stop = threading.Event()
        self._end = threading.Event()
        self._pool = ThreadPoolExecutor(64, thread_name_prefix="monitor")
        self._ticking = threading.Thread(target=self._tick, name="load", daemon=True)

    def start(self) -> None:
        """The first event is sent at once."""
        self._ticking.start()

    def stop(self, *, patience: float = 60.0) -> None:
        """No new events; those that no node has taken yet are repeated for so long."""
        self._stop.set()
        self._ticking.join()
        last = threading.Timer(patience, self._end.set)
        last.start()
        self._pool.shutdown(wait=True)
        last.cancel()

    def send(self, *, first: Running | None = None, service: int | None = None) -> "Future[str]":
        """One event more, to `first` before the others; what comes is its key, when a node has taken it."""
        number = next(self._numbers)
        service = service or SERVICES[number % len(SERVICES)]
        at = self._nodes.index(first) if first is not None else number % len(self._nodes)
        return self._pool.submit(self._repeat, f"{self.prefix}{number}", service, at)

    def also(self, body: bytes) -> "Future[None]":
        """An event of another kind, repeated until a node takes it; it is not among those that are `taken`."""
        return self._pool.submit(self._repeat_body, body)

    def _repeat_body(self, body: bytes) -> None:
        for node in itertools.cycle(self._nodes):
            answer = self._ask(node, body)
            if self._end.is_set() or (answer is not None and answer.status == 202):
                return
            self._end.wait(PAUSE)

    def _tick(self) -> None:
        while not self._stop.is_set():
            self.send()
            self._stop.wait(self._every)

    def _repeat(self, key: str, service: int, at: int) -> str:
        began = time.monotonic()
        while not self._end.is_set():
            node = self._nodes[at % len(self._nodes)]
            pause = self.once(node, key, service, began)
            if pause is None:
                return key
            self._end.wait(pause)
            at += 1
        self.given_up.append(key)
        return key

    def once(self, node: Running, key: str, service: int, began: float, *, padding: int = 0) -> float | None:
        """Asks one node once. None when it has taken the event, else the seconds to wait."""
        answer = self._ask(node, event(key, service, padding=padding))
        if answer is None:
            return PAUSE
        if 200 <= answer.status < 300:
            spooled = answer.headers.get("watchbill-spooled") == "true"
            self.taken[key] = Taken(began, time.monotonic(), service, node.port, spooled)
            return None
        self.refused[node.port] = self.refused.get(node.port, 0) + 1
        return self._how_long(answer)

    @staticmethod
    def _ask(node: Running, body: bytes) -> Answer | None:
        try:
            return ask("POST", f"{node.url}/v2/enqueue", body, timeout=PATIENCE)
        except (OSError, http.client.HTTPException):
            return None

    def _how_long(self, answer: Answer) -> float:
        told = answer.headers.get("retry-after", "")
        if answer.status != 503 or not told.isdigit() or int(told) < 1:
            self.wrong.append(f"an event was answered {answer.status} with Retry-After {told!r}: {answer.body[:200]!r}")
        return min(LONGEST_PAUSE, float(told)) if told.isdigit() else LONGEST_PAUSE
