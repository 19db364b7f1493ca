"""One run of a fault on an installation: the load, what was broken when, and what is asked of the system afterwards."""

import contextlib
import itertools
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from tests.fakes.running import Running
from tests.fakes.waiting import until
from tests.faults.fault import Fault
from tests.faults.installation import Installation
from tests.faults.load import Load

_runs = itertools.count(1)
_never = threading.Event()


@dataclass
class Trouble:
    """A time in which what a node did may not have been written down. `ended`: monotonic, infinite while it lasts."""

    what: str
    began: float
    ended: float = float("inf")


class Run:
    """`quick`: what takes a minute for the proof takes seconds. `well_since`: by service, 0 for all others, from when on
    nothing keeps a page back; see `well_from`. `again_after`: keys whose message was on its way when its node died or froze
    at that moment, so that only what came later counts as told. `spooled_until`: when the database of the nodes that had
    spooled was back, where that is later than `well_since`. `figures`: what else was measured."""

    def __init__(self, place: Installation, fault: Fault, *, quick: bool = False) -> None:
        self.place = place
        self.fault = fault
        self.quick = quick
        self.prefix = f"{fault.name}-{os.getpid()}-{next(_runs)}-"
        self.load = Load(place.nodes, self.prefix)
        self.troubles: list[Trouble] = []
        self.well_since: dict[int, float] = {}
        self.again_after: dict[str, float] = {}
        self.spooled_until: float | None = None
        self.failures: list[str] = []
        self.figures: dict[str, float] = {}

    def hold(self) -> None:
        """Breaks it and mends it, under load. What goes wrong is among the failures afterwards."""
        self.load.start()
        try:
            until(lambda: len(self.load.taken) >= 6, "events are taken", seconds=30)
            self.fault.inject(self)
            self.wait(3)
        except (AssertionError, OSError, psycopg.Error) as fault:
            self.failures.append(f"{type(fault).__name__}: {fault}")
        finally:
            self.load.stop(patience=5 if self.failures else 60)

    def well_from(self, moment: float | None = None, *services: int) -> None:
        """From `moment` on, now when not given, nothing keeps the pages of these services back, or those of all."""
        for service in services or (0,):
            self.well_since[service] = time.monotonic() if moment is None else moment

    @contextlib.contextmanager
    def trouble(self, what: str) -> Iterator[Trouble]:
        """What is done in the `with` may keep a node from writing down what it did."""
        one = Trouble(what, time.monotonic())
        self.troubles.append(one)
        yield one
        one.ended = time.monotonic()

    def expect(self, truth: object, otherwise: str) -> None:
        """A failure of the run where it is not true; the run goes on."""
        if not truth:
            self.failures.append(otherwise)

    def wait(self, seconds: float) -> None:
        """The fault lasts so long; the load goes on meanwhile."""
        _never.wait(seconds)

    def minute(self, seconds: float = 60.0, *, quick: float = 10.0) -> float:
        """How long a long fault lasts in this run."""
        return quick if self.quick else seconds

    def burst_to(self, node: Running, *, count: int = 8) -> set[str]:
        """Events for this node, and the keys of those that it is sending at this moment; the provider must be slow."""
        place = self.place
        before = len(place.provider.seen)
        for _ in range(count):
            self.load.send(first=node)

        def on_their_way() -> set[str]:
            return {one.key for one in place.provider.seen[before:] if one.port == node.port}

        return until(lambda: (keys := on_their_way()) and len(keys) >= 2 and keys, f"{node.folder.name} sends")

    def told_after(self, moment: float, keys: set[str]) -> dict[str, int]:
        """Which of these keys arrived after `moment`, and by which node (its port)."""
        return {one.key: one.port for one in self.place.provider.of(self.prefix) if one.key in keys and one.at > moment}

    def told(self) -> dict[str, float]:
        """The keys that were told, and when."""
        return self.place.provider.told(self.prefix, self.again_after)

    def rows_of(self, query: str) -> list[tuple[object, ...]]:
        """Rows about this run. `query` may name %(prefix)s, a pattern for LIKE."""
        return self.place.rows(query, {"prefix": f"{self.prefix}%"})

    def logged(self, node: Running, event: str, *, after: int = 0) -> list[dict[str, object]]:
        """The lines of a node's log with this name, behind the byte `after`."""
        with node.log.open("rb") as log:
            log.seek(after)
            lines = [line for line in log.read().splitlines() if line.startswith(b"{")]
        found = []
        for line in lines:
            with contextlib.suppress(ValueError):
                found.append(json.loads(line))
        return [line for line in found if line.get("event") == event]


def signalled(process: int, number: signal.Signals) -> float:
    """Sends a signal; answers when."""
    os.kill(process, number)
    return time.monotonic()
