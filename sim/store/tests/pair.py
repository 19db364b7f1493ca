"""The production's own code on both stores at once: whatever is done is done to each, and must come to the same."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sim.store.database import Database as Memory
from sim.store.tables import Tables
from sim.store.tests.indexes import check_indexes
from sim.store.tests.rows import NOW, rows_in_sql, rows_of
from sim.store.tests.town import Link, empty_tables, settle_town
from tests import database as real
from watchbill import wiring
from watchbill.engine.directory import Directory
from watchbill.engine.facts import Fact
from watchbill.paging.claim import claim_due
from watchbill.paging.claimed import Claimed, ClaimedMessage
from watchbill.paging.settle import Settled, settle
from watchbill.runtime import clock
from watchbill.runtime.database import Database
from watchbill.runtime.submit import Committed, Submitter
from watchbill.runtime.wakeups import Wakeups

NODES = 2


class InOrder(Submitter):
    """A submitter that takes the facts of incidents in the order of their numbers, since in which order those that are due
    at one instant are found is left open."""

    async def run(self, facts: Sequence[Any]) -> Committed:
        """See Submitter."""
        order = sorted(facts, key=lambda fact: fact.incident)
        done = await super().run(order)
        said = {fact.incident: decision for fact, decision in zip(order, done.decisions, strict=True)}
        return replace(done, decisions=tuple(said[fact.incident] for fact in facts))


class Side(Struct):
    """One store, with the nodes that work on it."""

    database: Any
    submitters: list[Submitter]
    wakeups: list[Wakeups]
    woken: list[Committed]


class Pair:
    """`now`: the time in both. `claims`: the pages that were claimed and not settled, with their fences."""

    def __init__(self, server: real.Database, pool: Database, tables: Tables) -> None:
        self._server = server
        self._fence = 0
        self.tables = tables
        self.now = NOW
        tables.now = lambda: self.now
        self.sql = _side(pool, wiring.ROAD)
        self.memory = _side(Memory(tables), replace(wiring.ROAD, directory=self._directory))
        self.claims: list[Settled] = []

    async def _directory(self, link: Link, version: int) -> Directory:
        assert self.tables.directory.version == version
        return self.tables.directory

    def seconds(self) -> float:
        """What the nodes' own clocks show."""
        return (self.now - NOW).total_seconds()

    def wait(self, **by: float) -> None:
        """Moves both clocks, by the arguments of timedelta."""
        self.now += timedelta(**by)
        self._server.set_clock(self.now)

    async def submit(self, node: int, facts: Sequence[Fact]) -> Committed:
        """Hands facts in."""
        wanted = await self.sql.submitters[node].run(facts)
        assert await self.memory.submitters[node].run(facts) == wanted
        return wanted

    async def wake(self, node: int) -> bool:
        """Steps what is due."""
        wanted = await self.sql.wakeups[node].once()
        assert await self.memory.wakeups[node].once() == wanted
        assert [_in_no_order(done) for done in self.memory.woken] == [_in_no_order(done) for done in self.sql.woken]
        assert await self.memory.wakeups[node]._until_next() == await self.sql.wakeups[node]._until_next()
        return wanted

    async def claim(self, channel: str, **options: Any) -> Claimed:
        """Claims due pages, under a fence of its own."""
        self._fence += 1
        claimed = []
        for side in (self.sql, self.memory):
            async with side.database.transaction() as link:
                claimed.append(await claim_due(link, channel=channel, fence=self._fence, **options))
        wanted, found = claimed
        assert _plain(found) == _plain(wanted)
        return wanted

    async def settle(self, settled: Sequence[Settled]) -> set[tuple[int, int]]:
        """Writes what became of pages; answers page and fence of those that were still held."""
        done = []
        for side in (self.sql, self.memory):
            async with side.database.transaction() as link:
                done.append(await settle(link, settled))
        assert done[0] == done[1]
        return done[0]

    async def configure(self, statement: str, parameters: Sequence[Any]) -> None:
        """Changes what is configured, in PostgreSQL, and reads it back."""
        async with self.sql.database.transaction() as link:
            await link.execute(statement, parameters)
            await link.execute("UPDATE configuration SET version = version + 1")
            fresh = await empty_tables(link, self.now)
        self.tables.directory, self.tables.zones, self.tables.settings = fresh.directory, fresh.zones, fresh.settings

    async def compare(self) -> None:
        """Asserts that both have the same rows, in all columns."""
        async with self.sql.database.link() as link:
            wanted = await rows_in_sql(link)
        found = rows_of(self.tables)
        for table, rows in wanted.items():
            assert found[table] == rows, table
        check_indexes(self.tables)


@asynccontextmanager
async def a_pair(server: real.Database, rng: Random) -> AsyncIterator[Pair]:
    """A town on both stores, with nothing in it yet."""
    server.set_clock(NOW)
    pool = Database(server.url, size=1)
    await pool.open()
    try:
        async with pool.transaction() as link:
            await settle_town(link, rng, now=NOW, windows=True)
        async with pool.link() as link:
            tables = await empty_tables(link, NOW)
        pair = Pair(server, pool, tables)
        clock.use(pair.seconds, lambda: pair.now)
        yield pair
    finally:
        clock.use(None, None)
        await pool.close()


def _side(database: Any, road: Any) -> Side:
    submitters = [Submitter(database, road) for _ in range(NODES)]
    woken: list[Committed] = []
    wakeups = [Wakeups(database, InOrder(database, road), woken.append) for _ in range(NODES)]
    return Side(database, submitters, wakeups, woken)


def _in_no_order(done: Committed) -> Any:
    return done.channels, done.next_due, done.now, sorted(map(repr, done.decisions))


def _plain(claimed: Claimed) -> Any:
    """What was claimed; the rows of one statement are answered in any order."""
    return (
        [_message(message) for message in claimed.messages],
        sorted(map(repr, claimed.suppressed)),
        sorted(map(repr, claimed.gone)),
        (claimed.after, claimed.found, claimed.now),
    )


def _message(message: ClaimedMessage) -> Any:
    pages = [(replace(page, links=""), json.loads(page.links or "{}")) for page in message.pages]
    return pages, message.fence, message.at


def in_a_while(now: datetime, rng: Random) -> datetime:
    """A moment ahead, at random."""
    return now + timedelta(seconds=rng.choice((1, 30, 200)), microseconds=rng.randint(0, 999_999))
