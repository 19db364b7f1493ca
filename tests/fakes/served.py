"""Runs a fake: `async with` in the loop of the test, `with` in a thread and a loop of its own."""

import asyncio
import threading
from typing import Self


class Served:
    """`start` and `stop` run in the loop that serves. After the start, `host` and `port` say where."""

    host = "127.0.0.1"
    port = 0

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def listen(self, loop: asyncio.AbstractEventLoop) -> asyncio.Server:
        """Opens the server on `self.host` and `self.port`, 0 for any free one."""
        raise NotImplementedError

    def drop_all(self) -> None:
        """Cuts every open connection."""
        raise NotImplementedError

    def cut(self) -> None:
        """Cuts every open connection of a fake that runs in its own thread; returns when it is done."""
        done = threading.Event()

        def drop() -> None:
            self.drop_all()
            done.set()

        assert self._loop is not None
        self._loop.call_soon_threadsafe(drop)
        done.wait()

    async def start(self) -> None:
        """After a `stop` it comes back on the same port, as a service does that was restarted."""
        self._server = await self.listen(asyncio.get_running_loop())
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self.drop_all()
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=type(self).__name__, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.start(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        assert self._thread is not None
        asyncio.run_coroutine_threadsafe(self.stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
