"""The least that a durable front door can do, as a yardstick: it appends each body to a table, with group commit, and
answers 202. `python -m bench.append_only PORT DATABASE_URL` serves it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from bench.programs import HOST, Running, free_port, running

MAKE = "CREATE TABLE IF NOT EXISTS bench_append (id bigserial PRIMARY KEY, body bytea NOT NULL)"
APPEND = "INSERT INTO bench_append (body) SELECT unnest(%b::bytea[])"
COUNT = "SELECT count(*) FROM bench_append"
MOST = 1000  # bodies in one transaction, as in the real front door

_START = {"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"0")]}
_END = {"type": "http.response.body", "body": b""}
_READY = {**_START, "status": 200}


class Appender:
    """The ASGI application, and the loop that commits for it."""

    def __init__(self, link: psycopg.AsyncConnection[Any]) -> None:
        self._link = link
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._arrived = asyncio.Event()

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            return
        if scope["method"] == "POST":
            body = (await receive())["body"]
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((body, done))
            self._arrived.set()
            await done
            await send(_START)
        else:
            await send(_READY)
        await send(_END)

    async def run(self) -> None:
        """Commits what has come while the last batch was committed."""
        while True:
            await self._arrived.wait()
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            if not self._waiting:
                self._arrived.clear()
            await self._link.execute(APPEND, [[body for body, _ in batch]])
            for _, done in batch:
                if not done.done():
                    done.set_result(None)


@contextmanager
def append_only(folder: Path, database_url: str) -> Iterator[Running]:
    """A running one."""
    port = free_port()
    command = [sys.executable, "-m", "bench.append_only", str(port), database_url]
    with running(command, port=port, path="/ready", log=folder / "append_only.log") as server:
        yield server


async def _serve(port: int, database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True, prepare_threshold=1) as link:
        await link.execute(MAKE)
        appender = Appender(link)
        committing = asyncio.create_task(appender.run())
        server = Server(
            appender,
            address=HOST,
            port=port,
            interface=Interfaces.ASGI,
            websockets=False,
            backlog=1024,
            log_enabled=False,
        )
        await asyncio.wait({committing, asyncio.create_task(server.serve())}, return_when=asyncio.FIRST_COMPLETED)


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), sys.argv[2]))
