"""Speaks HTTP/1.1 to the servers under test: requests as bytes, written once and sent often."""

import asyncio
from collections.abc import Mapping
from typing import Self

from msgspec import Struct

from bench.programs import HOST

NUMBER = b"\x1f"  # where the load generator puts a running number of eight digits
DIGITS = 8


class Answer(Struct, frozen=True):
    """What came back."""

    status: int
    body: bytes


def request(method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """A whole request. NUMBER in the body counts as the digits that it will be."""
    length = len(body) + body.count(NUMBER) * (DIGITS - 1)
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def numbered(request: bytes, number: int) -> bytes:
    """The request with this number in it."""
    return request.replace(NUMBER, b"%08d" % number)


class Client:
    """One connection, one request at a time."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(HOST, self._port)
        return self

    async def __aexit__(self, *fault: object) -> None:
        self._writer.close()

    async def send(self, request: bytes) -> Answer:
        """Sends a whole request and reads its answer, which must carry a Content-Length."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = await self._reader.readexactly(length) if length else b""
        return Answer(int(head[9:12]), body)


class Clients:
    """A pool of connections for load that does not wait for answers: who finds all of them busy waits in line."""

    def __init__(self, port: int, count: int) -> None:
        self._clients = [Client(port) for _ in range(count)]
        self._free: asyncio.Queue[Client] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        for client in self._clients:
            self._free.put_nowait(await client.__aenter__())
        return self

    async def __aexit__(self, *fault: object) -> None:
        for client in self._clients:
            await client.__aexit__(*fault)

    async def send(self, request: bytes) -> Answer:
        """See Client."""
        client = await self._free.get()
        try:
            return await client.send(request)
        finally:
            self._free.put_nowait(client)
