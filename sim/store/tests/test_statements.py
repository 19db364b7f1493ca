"""Every statement that the memory store knows does to its dicts what PostgreSQL does to its rows."""

from collections.abc import AsyncIterator
from random import Random
from typing import Any

import psycopg
import pytest

from sim.store.database import TWINS, NoTwin
from sim.store.database import Database as Memory
from sim.store.tables import Tables
from sim.store.tests.both import Outcome, in_memory, in_sql
from sim.store.tests.cases import CASES, Case
from sim.store.tests.indexes import check_indexes
from sim.store.tests.rows import NOW, State, as_bag, put_into_sql, put_into_tables, rows_of, some_state
from sim.store.tests.town import empty_tables, settle_town
from tests import database as real
from watchbill.engine.directory import Directory
from watchbill.runtime.database import Database

SEEDS = range(12)
FIRST_ONLY = "SET TRANSACTION"  # it must come before any other statement, so it has no rows to run on


@pytest.fixture
async def pool(database: real.Database) -> AsyncIterator[Database]:
    """Connections to a database whose clock stands still."""
    database.set_clock(NOW)
    pool = Database(database.url, size=1)
    await pool.open()
    yield pool
    await pool.close()


def test_every_statement_has_a_case() -> None:
    assert set(CASES) == set(TWINS)


async def test_a_statement_without_a_twin_is_said_with_its_text() -> None:
    async with Memory(_no_rows()).transaction() as link:
        with pytest.raises(NoTwin, match="DELETE FROM incident WHERE id = 1"):
            await link.execute("DELETE FROM incident WHERE id = 1")


@pytest.mark.parametrize("seed", SEEDS)
async def test_each_twin_does_what_postgresql_does(seed: int, pool: Database) -> None:
    exercised = set()
    async with pool.transaction() as link:
        state = some_state(Random(seed))
        await settle_town(link, Random(seed), now=NOW, windows=True)
        await put_into_sql(link, state)
        town = await empty_tables(link, NOW)
        for statement, case in CASES.items():
            parameters = _parameters(statement, seed, state)
            tables = _no_rows(like=town)
            found = await in_memory(tables, state, statement, parameters)
            if not statement.startswith(FIRST_ONLY):
                wanted = await in_sql(link, state, statement, parameters)
                _compare(case, state, wanted, found, f"{statement}\nwith {parameters}")
                check_indexes(tables)
            exercised.add(statement)
        raise psycopg.Rollback
    assert exercised == set(TWINS)


async def test_the_isolation_of_a_transaction_can_be_said_first(pool: Database) -> None:
    (statement,) = (statement for statement in CASES if statement.startswith(FIRST_ONLY))
    for store in (pool, Memory(_no_rows())):
        async with store.transaction() as link:
            await link.execute(statement)
            assert await (await link.execute("SELECT 1")).fetchone() == (1,)


@pytest.mark.parametrize("statement", CASES, ids=lambda statement: " ".join(statement.split())[:50])
async def test_the_cases_show_something(statement: str) -> None:
    """In memory, since PostgreSQL does the same: not a case of which nothing comes under any seed."""
    shown = 0
    for seed in SEEDS:
        state = some_state(Random(seed))
        before = rows_of(put_into_tables(state, _no_rows()))
        found = await in_memory(_no_rows(), state, statement, _parameters(statement, seed, state))
        shown += bool(found.answer) or found.tables != before
    assert shown == 0 if CASES[statement].idle else shown >= 3


def _parameters(statement: str, seed: int, state: State) -> Any:
    return CASES[statement].parameters(Random(f"{seed} {statement}"), state)


def _no_rows(*, like: Tables | None = None) -> Tables:
    tables = Tables(lambda: NOW, like.directory if like is not None else Directory())
    if like is not None:
        tables.zones, tables.settings = like.zones, like.settings
    return tables


def _compare(case: Case, state: State, wanted: Outcome, found: Outcome, said: str) -> None:
    for table, rows in wanted.tables.items():
        assert found.tables[table] == rows, f"{table} after {said}"
    keys = [[case.key(state, row) for row in outcome.answer] for outcome in (found, wanted)]
    assert keys[0] == keys[1], said
    if not case.ties_cut:
        ours, theirs = as_bag(found.answer), as_bag(wanted.answer)
        assert ours == theirs, f"{ours - theirs} and not {theirs - ours}: {said}"
