"""A node's front half for the tests of the spool: real files, a real gatherer, and a database that does as it is told."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watchbill.engine.directory import Directory
from watchbill.engine.facts import AlertTriggered, Fact
from watchbill.engine.reasons import Reason
from watchbill.runtime import drain as drains
from watchbill.runtime import spool as spools
from watchbill.runtime.drain import Drain
from watchbill.runtime.gather import Gatherer
from watchbill.runtime.metrics import Metrics
from watchbill.runtime.road import Away, Contended, Decision, ServiceHeld
from watchbill.runtime.shelf import FileShelf
from watchbill.runtime.spool import SpoolingRoad
from watchbill.runtime.submit import Committed

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
TAKEN = Decision(Reason.FIRST_ALERT, 1)
PATIENCE = 10.0


def alert(key: str, service: int = 1) -> AlertTriggered:
    return AlertTriggered(service=service, dedup_key=key, summary=f"{key} is down")


class FakeDatabase:
    """Stands for the submitter. `away`: as if it were not there. `answering`: cleared, everything hangs. `poison`: keys
    that it refuses. `locked`: keys whose incident somebody holds. `held_answers`: the next batches hang until these are set. `held`: services that somebody holds. `broken`: raised for every batch. `rows`: what is committed."""

    def __init__(self) -> None:
        self.directory = Directory()
        self.rows: list[str] = []
        self.batches: list[int] = []
        self.tries = 0
        self.away = False
        self.answering = asyncio.Event()
        self.answering.set()
        self.poison: set[str] = set()
        self.held: set[int] = set()
        self.locked: set[str] = set()
        self.broken: Exception | None = None
        self.lost_answers = 0
        self.held_answers: list[asyncio.Event] = []
        self.changed = asyncio.Event()

    def now_at_most(self) -> datetime:
        return NOW

    async def refresh(self) -> Directory:
        await self.ask()
        return self.directory

    async def ask(self) -> None:
        await self.answering.wait()
        if self.away:
            raise Away("The database cannot be used now.")

    async def run(self, facts: Sequence[Fact]) -> Committed:
        self.tries += 1
        self.changed.set()
        await self.ask()
        await asyncio.sleep(0)
        if self.broken:
            raise self.broken
        if any(fact.service in self.held for fact in facts):
            raise ServiceHeld("Somebody else holds the service.")
        keys = [str(fact.dedup_key) for fact in facts]  # type: ignore[attr-defined]  # only alerts come here
        if not self.locked.isdisjoint(keys):
            raise Contended("Somebody else holds it.")
        if not self.poison.isdisjoint(keys):
            raise ValueError("This cannot be written.")
        if self.held_answers:
            await self.held_answers.pop(0).wait()
        self.rows += keys
        self.batches.append(len(keys))
        if self.lost_answers:
            self.lost_answers -= 1
            raise Away("The connection broke in the commit.")
        return Committed(tuple(TAKEN for _ in facts), frozenset(), None, NOW)


class Rig:
    """A node's front half. `committed`: how many batches were told of."""

    def __init__(self, folder: Path, limit: int = 1 << 20) -> None:
        self.folder = folder
        self.database = FakeDatabase()
        self.committed = 0
        self.metrics = Metrics()
        self.limit = limit
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> "Rig":
        """A node on this folder."""
        self.gatherer = Gatherer(self.database, self._committed)  # type: ignore[arg-type]  # a fake of the submitter
        self.shelf = FileShelf(self.folder, self.limit)
        drain = Drain(self.shelf, self.database.run, self._committed)
        self.road = SpoolingRoad(self.gatherer, self.shelf, drain, ask=self.database.ask, metrics=self.metrics)
        await self.road.open()
        self._tasks = [asyncio.create_task(self.gatherer.run()), asyncio.create_task(self.road.run())]
        return self

    async def crash(self) -> None:
        """Ends the node in the middle of whatever it does; only its files remain."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.shelf.close()

    async def submit(self, *keys: str, service: int = 1) -> Sequence[Decision]:
        return await self.road.submit([alert(key, service) for key in keys])

    async def until(self, *keys: str) -> None:
        """Waits until exactly these are committed, in this order, and the spool is empty."""
        async with asyncio.timeout(PATIENCE):
            while self.database.rows != list(keys) or not self.road._direct:
                await self.turn()

    async def turn(self) -> None:
        """Waits for the next try at the database."""
        self.database.changed.clear()
        waiting = asyncio.ensure_future(self.database.changed.wait())
        await asyncio.wait({waiting}, timeout=0.05)
        waiting.cancel()

    def _committed(self, done: Committed) -> None:
        self.committed += 1


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds in a node takes a moment here."""
    monkeypatch.setattr(spools, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(spools, "AILING_FOR", 0.02)
    monkeypatch.setattr(spools, "HELD_AT_MOST", 0.05)
    monkeypatch.setattr(spools, "STUCK_AFTER", 0.02)
    monkeypatch.setattr(spools, "ANSWERS_WITHIN", 0.02)
    monkeypatch.setattr(spools, "FRESH_WITHIN", 0.02)
    monkeypatch.setattr(drains, "HELD_UP_FOR", 0.2)
