"""The beat of a node, and what a node says of a database that will not do."""

import asyncio

import psycopg
import pytest
from psycopg import sql

from tests import database as databases
from watchbill.runtime.database import Database
from watchbill.runtime.nodes import Heartbeat
from watchbill.runtime.road import Unavailable

BEATS = "SELECT count(*) FROM node"


def _standby(database: databases.Database, *, yes: bool) -> None:
    """For sessions that begin from now on, the server takes no writes, as after a switch-over."""
    name = sql.Identifier(database.link.info.dbname)
    with psycopg.connect(database.url, autocommit=True, options="-c default_transaction_read_only=off") as link:
        value = sql.SQL("on" if yes else "off")
        link.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}").format(name, value))


async def test_a_node_goes_on_beating_after_its_server_was_a_standby(
    database: databases.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchbill.runtime.nodes.BEAT_EVERY", 0.05)
    _standby(database, yes=True)
    pool = Database(database.url)
    await pool.open()
    heart = Heartbeat(pool, name="node", version="1")
    beating = asyncio.create_task(heart.run())
    await asyncio.wait({beating}, timeout=0.5)
    assert not beating.done()
    _standby(database, yes=False)
    while database.link.execute(BEATS).fetchone() == (0,):
        await asyncio.wait({beating}, timeout=0.05)
        assert not beating.done(), "the standby's connections are let go"
    heart.close()
    await beating
    await pool.close()


async def test_what_the_driver_says_of_hosts_and_users_is_not_told_to_who_asked() -> None:
    pool = Database("postgresql://inner_user@127.0.0.1:1/inner_name?connect_timeout=1")
    await pool.open()
    with pytest.raises(Unavailable) as told:
        async with pool.link():
            """It cannot be reached."""
    assert str(told.value) == "The database cannot be used now."
    await pool.close()
