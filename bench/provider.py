"""The other end of a channel: a server that answers 200 at once and remembers when each request came.

`python -m bench.provider PORT` is the server, in a process of its own; `Provider` is how a bench speaks to it. Instants
are of CLOCK_MONOTONIC, which all processes of a machine share.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from msgspec import Struct

from bench.client import Client, request
from bench.programs import HOST, free_port, running

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_ID = b"\r\nwebhook-id:"
_LENGTH = b"\r\ncontent-length:"


class Arrival(Struct, frozen=True, array_like=True, gc=False):
    """One request. `at`: nanoseconds of the monotonic clock. `id`: its webhook-id, or empty."""

    at: int
    path: str
    id: str
    body: bytes


class Memory:
    """What came, and who waits for more of it."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.waiting: list[tuple[int, asyncio.WriteTransport]] = []

    def add(self, arrival: Arrival) -> None:
        """Keeps one, and tells those who wait for as many."""
        self.arrivals.append(arrival)
        if self.waiting:
            count = len(self.arrivals)
            for wanted, transport in self.waiting:
                if wanted <= count:
                    transport.write(OK)
            self.waiting = [(wanted, transport) for wanted, transport in self.waiting if wanted > count]


class Connection(asyncio.Protocol):
    """One connection, read without a framework."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport  # uvloop's is none of asyncio's classes

    def data_received(self, data: bytes) -> None:
        at = time.monotonic_ns()
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            lower = head.lower()
            whole = end + 4 + int(_header(lower, lower, _LENGTH) or 0)
            if len(self._buffer) < whole:
                return
            body, self._buffer = self._buffer[end + 4 : whole], self._buffer[whole:]
            method, path, _ = head.split(b" ", 2)
            if method == b"POST":
                self._memory.add(Arrival(at, path.decode(), _header(head, lower, _ID).decode(), body))
                self._transport.write(OK)
            else:
                self._control(path.decode())

    def _control(self, path: str) -> None:
        """What the bench asks: /until/N answers once N requests have come; /arrivals tells them; /forget forgets."""
        _, what, *rest = path.split("/")
        if what == "until" and len(self._memory.arrivals) < int(rest[0]):
            self._memory.waiting.append((int(rest[0]), self._transport))
        elif what == "arrivals":
            body = msgspec.msgpack.encode(self._memory.arrivals)
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        elif what == "count":
            body = str(len(self._memory.arrivals)).encode()
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        else:
            if what == "forget":
                self._memory.arrivals = []
            self._transport.write(OK)


def _header(head: bytes, lower: bytes, name: bytes) -> bytes:
    start = lower.find(name)
    if start < 0:
        return b""
    start += len(name)
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else None].strip()


class Provider:
    """What a bench asks of a running provider."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://{HOST}:{port}"

    async def until(self, count: int, *, within: float) -> bool:
        """Whether `count` requests have come, as soon as that is known."""
        try:
            async with asyncio.timeout(within), Client(self.port) as client:
                await client.send(request("GET", f"/until/{count}"))
        except TimeoutError:
            return False
        return True

    async def count(self) -> int:
        """How many requests have come."""
        async with Client(self.port) as client:
            return int((await client.send(request("GET", "/count"))).body)

    async def arrivals(self) -> list[Arrival]:
        """Every request that has come, in order."""
        async with Client(self.port) as client:
            answer = await client.send(request("GET", "/arrivals"))
        return msgspec.msgpack.decode(answer.body, type=list[Arrival])

    async def forget(self) -> None:
        """Begins anew."""
        async with Client(self.port) as client:
            await client.send(request("GET", "/forget"))


@contextmanager
def provider(folder: Path) -> Iterator[Provider]:
    """A provider in a process of its own, until the end of the block."""
    port = free_port()
    command = [sys.executable, "-m", "bench.provider", str(port)]
    with running(command, port=port, path="/ready", log=folder / "provider.log"):
        yield Provider(port)


async def _serve(port: int) -> None:
    memory = Memory()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(memory), HOST, port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
