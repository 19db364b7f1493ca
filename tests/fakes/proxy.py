"""A wire that can be cut: a TCP proxy with a control panel.

    with TcpProxy(target) as wire:            # `target`: (host, port), or the path of a Unix socket
        wire.refuse()                         # every connection ends with a reset, and new ones are refused
        wire.stall()                          # packets vanish: nothing arrives, nothing is closed, new connections hang
        wire.stall(back=False)                # only what the clients say vanishes
        wire.delay(0.2)                       # seconds for every piece of data, each way
        wire.heal()                           # all is well again; what had vanished arrives now, as TCP sends it anew

Each of these returns when it holds. They are for a proxy that runs in a thread of its own.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.fakes.served import Served

Target = tuple[str, int] | Path
PIECE = 64 * 1024


class TcpProxy(Served):
    """`connections`: how many were taken. `host`: the address of loopback on which it listens."""

    def __init__(self, target: Target, *, host: str = "127.0.0.1") -> None:
        super().__init__()
        self.host = host
        self.connections = 0
        self._target = target
        self._there, self._back = asyncio.Event(), asyncio.Event()
        self._slowness = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._open: set[asyncio.StreamWriter] = set()
        self._there.set()
        self._back.set()

    def refuse(self) -> None:
        """As after the end of the process that listened."""
        self._coroutine(self.stop())

    def stall(self, *, there: bool = True, back: bool = True) -> None:
        """`there`: from the clients to the target. `back`: from the target to the clients."""
        self._call(lambda: self._set(there=not there, back=not back))

    def delay(self, seconds: float) -> None:
        """A long way."""
        self._slowness = seconds

    def heal(self) -> None:
        """Passes everything on at once."""
        self._slowness = 0.0
        if self._server is None:
            self._coroutine(self.start())
        self._call(lambda: self._set(there=True, back=True))

    async def listen(self, loop: asyncio.AbstractEventLoop) -> asyncio.Server:
        """See Served."""
        return await asyncio.start_server(self._serve, self.host, self.port, backlog=256)

    def drop_all(self) -> None:
        """See Served."""
        for writer in list(self._open):
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()

    def _set(self, *, there: bool, back: bool) -> None:
        for way, free in ((self._there, there), (self._back, back)):
            (way.set if free else way.clear)()

    def _call(self, work: Callable[[], None]) -> None:
        async def now() -> None:
            work()

        self._coroutine(now())

    def _coroutine(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        onward: asyncio.StreamWriter | None = None
        try:
            await self._there.wait()
            await self._back.wait()
            answers, onward = await self._dial()
            self._open.add(onward)
            await asyncio.gather(self._pump(reader, onward, self._there), self._pump(answers, writer, self._back))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            for end in filter(None, (writer, onward)):
                self._open.discard(end)
                end.transport.abort()

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, Path):
            return await asyncio.open_unix_connection(str(self._target))
        return await asyncio.open_connection(*self._target)

    async def _pump(self, source: asyncio.StreamReader, drain: asyncio.StreamWriter, way: asyncio.Event) -> None:
        while data := await source.read(PIECE):
            if self._slowness:
                await asyncio.sleep(self._slowness)
            await way.wait()
            drain.write(data)
            await drain.drain()
        await way.wait()
        with suppress(OSError, RuntimeError):  # whoever has gone already need not hear that no more comes
            drain.write_eof()
