"""Connections to the database for everything but Django's pages."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from watchbill.runtime.clock import monotonic
from watchbill.runtime.road import Away, Contended

# A connection that hangs must not hold a lock for long: whoever waits for it gives up first, and an idle transaction
# (a node that was stopped in the middle) is ended by the server.
#
# Every statement here finds its rows by an index. A plan that is made while a table is empty, and kept, must not read
# the whole of it an hour later: so to read a row is reckoned dear, joins are made in the order in which they are written,
# by nested loops, and the plan is made once.
SESSION = (
    "-c plan_cache_mode=force_generic_plan -c enable_hashjoin=off -c enable_mergejoin=off -c enable_seqscan=off "
    "-c cpu_tuple_cost=10 -c join_collapse_limit=1 "
    "-c jit=off -c lock_timeout=1000 -c statement_timeout=8000 -c idle_in_transaction_session_timeout=8000 "
    "-c application_name=watchbill -c timezone=UTC"
)
WAIT_FOR_CONNECTION = 2.0
# A machine that has vanished says nothing; without these its connections would hang for a quarter of an hour.
GONE_AFTER = {"tcp_user_timeout": 6000, "keepalives_idle": 4, "keepalives_interval": 1, "keepalives_count": 3}
SAID_EVERY = 5.0  # seconds between two log lines on a database that is away
WAITED_TOO_LONG = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
)
# Classes that psycopg does not count as operational: a server that became a standby, and sessions that the server ended.
STANDBY = psycopg.errors.ReadOnlySqlTransaction
AWAY = (
    PoolTimeout,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    STANDBY,
    psycopg.errors.IdleInTransactionSessionTimeout,
)

log = structlog.get_logger()

_encode = msgspec.json.Encoder().encode

Link = AsyncConnection[Any]


class Database:
    """A pool of connections. `url`: libpq URL. `size`: most connections at once."""

    def __init__(self, url: str, *, size: int = 8) -> None:
        self.url = url
        self._said_at = -SAID_EVERY
        self._pool = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=size,
            open=False,
            timeout=WAIT_FOR_CONNECTION,
            reconnect_timeout=WAIT_FOR_CONNECTION,  # its pauses grow; begun anew, it finds a database that is back soon
            kwargs={"autocommit": True, "options": SESSION, "prepare_threshold": 1, "connect_timeout": 5, **GONE_AFTER},
        )

    async def open(self) -> None:
        """Opens the pool; connections are made as they are needed."""
        await self._pool.open()

    async def close(self) -> None:
        """Closes every connection."""
        await self._pool.close(timeout=2)

    @asynccontextmanager
    async def link(self) -> AsyncIterator[Link]:
        """A connection that commits each statement. Raises Away when there is none or it breaks, and Contended
        when the database gave up waiting for a lock or for the statement."""
        try:
            async with self._pool.connection() as link:
                try:
                    yield link
                except STANDBY:
                    await link.close()  # the pool makes another, perhaps to the primary
                    raise
        except WAITED_TOO_LONG as fault:
            raise Contended(f"Somebody else holds it: {one_line(fault)}", retry_after=2) from fault
        except AWAY as fault:
            # What the driver says names hosts and users; it is for the log, not for whoever has asked us something.
            if monotonic() - self._said_at > SAID_EVERY:
                self._said_at = monotonic()
                log.warning("database_away", error=one_line(fault))
            raise Away("The database cannot be used now.") from fault

    async def ask(self) -> None:
        """Returns when the database has answered. Raises Unavailable."""
        async with self.link() as link:
            await link.execute("SELECT 1")

    @asynccontextmanager
    async def transaction(self, *, lazily: bool = False) -> AsyncIterator[Link]:
        """A connection inside one transaction, committed at the end, rolled back on any exception.

        `lazily`: do not wait for the disk at commit. Only for what may be forgotten in a crash of the server.
        """
        async with self.link() as link, link.transaction():
            if lazily:
                await link.execute("SET LOCAL synchronous_commit = off")
            yield link


def addresses_of(url: str) -> tuple[str, ...]:
    """The IP addresses behind a libpq URL, none where it is empty or a socket; nothing that is sent may go there."""
    if not url:
        return ()
    parts = conninfo_to_dict(url)
    named = ",".join(str(parts[name]) for name in ("host", "hostaddr") if parts.get(name))
    found: set[str] = set()
    for host in filter(None, named.split(",")):
        if host.startswith(("/", "@")):
            continue
        try:
            found.update(str(info[4][0]).partition("%")[0] for info in socket.getaddrinfo(host, None))
        except OSError:  # it will be said when the database is asked for
            continue
    return tuple(sorted(found))


def as_json(rows: object) -> str:
    """Rows as one JSON array, for json_to_recordset: one parameter however many there are."""
    return _encode(rows).decode()


def one_line(fault: BaseException) -> str:
    """What a fault says, without line breaks."""
    return " ".join(str(fault).split()) or type(fault).__name__
