"""Connections that count: each statement, BEGIN and COMMIT is a point before it and a point after it."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection as django_connection
from psycopg import AsyncConnection, AsyncCursor
from psycopg_pool import AsyncConnectionPool

from tests.crash.points import AFTER, BEFORE, Course, text_of
from watchbill.runtime.database import Database

CourseNow = Callable[[], Course]

# The server is not what dies here, so it need not wait for its disk.
HASTE = " -c synchronous_commit=off"
PATIENCE = 20.0  # seconds for a connection, on a machine that is busy with other tests


class CountedDatabase(Database):
    """The database as a node uses it, through connections that count. `course`: the way of the node that lives now.

    The pool outlives the nodes of a test, as far as their deaths leave it connections: to make one takes longer than
    all that a node does with it.
    """

    def __init__(self, url: str, course: CourseNow) -> None:
        super().__init__(url, size=2)
        self._alive: set[AsyncConnection[Any]] = set()
        kwargs = {**self._pool.kwargs, "options": self._pool.kwargs["options"] + HASTE}
        self._pool = AsyncConnectionPool(
            url,
            connection_class=_counted(course, self._alive),
            min_size=1,
            max_size=1,  # a cold connection costs more than all else: one for each death
            open=False,
            timeout=PATIENCE,
            check=_not_torn,
            kwargs=kwargs,
        )

    def cut(self) -> list[int]:
        """Ends every connection without a word to the server; answers the numbers of the processes behind them."""
        behind = [tear(link) for link in self._alive if not link.closed]
        self._alive.clear()
        return behind


async def _not_torn(link: AsyncConnection[Any]) -> None:
    """The pool asks before it gives a connection away: what was torn while it lay there is no connection any more."""
    if link.closed:
        raise psycopg.OperationalError("It was torn.")


def tear(link: AsyncConnection[Any] | psycopg.Connection[Any]) -> int:
    """Ends a connection as the death of its owner would; answers the number of the process behind it."""
    process = link.info.backend_pid
    with socket.socket(fileno=link.pgconn.socket) as wire:
        wire.shutdown(socket.SHUT_RDWR)
        wire.detach()
    link.pgconn.finish()
    return process


@contextmanager
def counted_django(course: CourseNow) -> Iterator[None]:
    """Counts what Django's own connection does meanwhile."""
    django_connection.ensure_connection()
    link = django_connection.connection
    link.execute("SET synchronous_commit = off")
    outright = link._exec_command  # psycopg sends BEGIN, COMMIT and ROLLBACK through it, and nothing else

    def counted(command: Any, *rest: Any, **more: Any) -> Any:
        course().passes(BEFORE, text_of(command))
        result = yield from outright(command, *rest, **more)
        course().passes(AFTER, text_of(command))
        return result

    def around(execute: Any, query: str, params: Any, many: bool, context: Any) -> Any:
        with django_connection.wrap_database_errors:
            course().passes(BEFORE, query)
            result = execute(query, params, many, context)
            course().passes(AFTER, query)
        return result

    link._exec_command = counted
    try:
        with django_connection.execute_wrapper(around):
            yield
    finally:
        link._exec_command = outright


def _counted(course: CourseNow, alive: set[AsyncConnection[Any]]) -> type[AsyncConnection[Any]]:
    class Cursor(AsyncCursor[Any]):
        async def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            course().passes(BEFORE, text_of(query))
            await super().execute(query, params, **options)
            course().passes(AFTER, text_of(query))
            return self

        async def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
            course().passes(BEFORE, text_of(query))
            await super().executemany(query, params_seq, **options)
            course().passes(AFTER, text_of(query))

        def copy(self, *_: Any, **__: Any) -> Any:
            raise NotImplementedError("Count COPY before the road uses it.")

        stream = copy

    class Connection(AsyncConnection[Any]):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.cursor_factory = Cursor
            alive.add(self)

        def _exec_command(self, command: Any, *rest: Any, **more: Any) -> Any:
            course().passes(BEFORE, text_of(command))
            result = yield from super()._exec_command(command, *rest, **more)
            course().passes(AFTER, text_of(command))
            return result

        def pipeline(self) -> Any:
            raise NotImplementedError("Count what goes through a pipeline before the road uses one.")

    return Connection
