"""Transactions of the memory store: all or nothing, at the commit, as in PostgreSQL."""

import asyncio
from datetime import timedelta
from random import Random
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace

from sim.store.database import Database as Memory
from sim.store.database import Fate, LostAnswer
from sim.store.tables import Tables
from sim.store.tests.indexes import check_indexes
from sim.store.tests.rows import (
    NOW,
    State,
    put_into_sql,
    put_into_tables,
    rows_in_sql,
    rows_of,
    some_alert,
    some_incident,
    some_state,
)
from tests import database as real
from watchbill.engine.directory import Directory
from watchbill.engine.words import Status
from watchbill.incidents import apply as incidents_apply
from watchbill.runtime import clock
from watchbill.runtime.database import Database, as_json
from watchbill.runtime.road import Away


async def test_a_constraint_that_breaks_takes_the_whole_transaction_back(database: real.Database) -> None:
    state = some_state(Random(3))
    open_one = next(alert for alert in state.alerts if alert.resolved_at is None)
    again = replace(open_one, id=0)
    number = state.incidents[0].id
    pool = Database(database.url, size=1)
    await pool.open()
    async with pool.transaction() as link:
        await put_into_sql(link, state)
    tables = put_into_tables(state, Tables(lambda: NOW, Directory()))
    before = rows_of(tables)
    for store, fault in ((pool, psycopg.errors.UniqueViolation), (Memory(tables), ValueError)):
        for statement, rows in (
            (incidents_apply.ADD_ALERTS, [again]),
            (incidents_apply.ADD_INCIDENTS, [some_incident(Random(1), number)]),
        ):
            with pytest.raises(fault, match="duplicate key"):
                await _writes_much_and_then(store, state, statement, as_json(rows))
    async with pool.link() as link:
        assert await rows_in_sql(link) == before
    await pool.close()
    assert rows_of(tables) == before
    check_indexes(tables)


async def _writes_much_and_then(store: Any, state: State, statement: str, rows: str) -> None:
    fresh = some_alert(Random(1), 0, 1, 88, "fresh", None)
    ids = [alert.id for alert in state.alerts if alert.resolved_at is not None]
    async with store.transaction() as link:
        await link.execute(
            incidents_apply.TOUCH_ALERTS, [ids, [NOW] * len(ids), [NOW + timedelta(days=1)] * len(ids), [5] * len(ids)]
        )
        await link.execute(
            incidents_apply.ADD_INCIDENTS,
            [as_json([some_incident(Random(1), 71), replace(some_incident(Random(2), 70), due_at=NOW)])],
        )
        changed = [replace(one, status=Status.RESOLVED, due_at=None) for one in state.incidents]
        await link.execute(incidents_apply.CHANGE_INCIDENTS, [as_json(changed)])
        await link.execute(incidents_apply.ADD_ALERTS, [as_json([fresh])])
        await link.execute(statement, [rows])


async def test_a_transaction_that_fails_writes_nothing() -> None:
    tables = Tables(lambda: NOW, Directory())
    committed: list[None] = []
    store = Memory(tables, committed=lambda: committed.append(None))
    with pytest.raises(asyncio.CancelledError):
        await _is_cancelled(store)
    assert not tables.incidents and not committed
    async with store.transaction() as link:
        await link.execute(incidents_apply.ADD_INCIDENTS, [as_json([some_incident(Random(1), 1)])])
        assert not tables.incidents  # not before the commit
    assert list(tables.incidents) == [1] and committed == [None]


async def _is_cancelled(store: Memory) -> None:
    async with store.transaction() as link:
        await link.execute(incidents_apply.ADD_INCIDENTS, [as_json([some_incident(Random(1), 1)])])
        raise asyncio.CancelledError


async def test_a_lost_answer_is_a_commit_that_the_node_does_not_hear_of() -> None:
    class Lost(Fate):
        def commit(self) -> bool:
            raise LostAnswer

    tables = Tables(lambda: NOW, Directory())
    with pytest.raises(Away):
        async with Memory(tables, Lost()).transaction() as link:
            await link.execute(incidents_apply.ADD_INCIDENTS, [as_json([some_incident(Random(1), 1)])])
    assert list(tables.incidents) == [1]


async def test_a_link_commits_each_statement_by_itself() -> None:
    tables = Tables(lambda: NOW, Directory())
    async with Memory(tables).link() as link:
        await link.execute(incidents_apply.ADD_INCIDENTS, [as_json([some_incident(Random(1), 1)])])
        assert list(tables.incidents) == [1]
        assert await (await link.execute(clock.NOW)).fetchone() == (NOW,)
