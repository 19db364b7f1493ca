"""One statement, run on the same rows in PostgreSQL and in memory."""

from typing import Any

import psycopg
from msgspec import Struct

from sim.store.database import Database as Memory
from sim.store.tables import Tables
from sim.store.tests.rows import Rows, State, put_into_tables, rows_in_sql, rows_of, set_sequences, told
from sim.store.tests.town import Link


class Outcome(Struct):
    """`answer`: the rows that the statement answered. `tables`: all rows afterwards."""

    answer: list[tuple[Any, ...]]
    tables: Rows


async def in_sql(link: Link, state: State, statement: str, parameters: Any) -> Outcome:
    """Runs the statement in PostgreSQL, where the state is already, takes everything back and puts the sequences right."""
    outcome = Outcome([], {})
    async with link.transaction():
        cursor = await link.execute(statement, parameters)
        if cursor.description is not None:
            outcome.answer = told(await cursor.fetchall())
        outcome.tables = await rows_in_sql(link)
        raise psycopg.Rollback
    await set_sequences(link, state)
    return outcome


async def in_memory(tables: Tables, state: State, statement: str, parameters: Any) -> Outcome:
    """Runs the statement's twin on these rows, in these tables, and leaves them as they are then."""
    put_into_tables(state, tables)
    async with Memory(tables).transaction() as link:
        answer = told(await (await link.execute(statement, parameters)).fetchall())
    return Outcome(answer, rows_of(tables))
