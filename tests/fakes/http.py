"""Any receiver of HTTP: a web hook, an ntfy server, a provider. Records what comes and answers as it is told.

    async with HttpFake() as web:                 # or `with HttpFake() as web:`, in a thread of its own
        web.behave(status(500), then=ok())        # the first request gets 500, all others 200
        ...
        (request,) = await web.requests.arrived(1)

It parses just enough of HTTP/1.1 (requests with a Content-Length, keep-alive), so that it takes thousands of requests a
second beside what is measured.
"""

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from tests.fakes.inbox import Inbox
from tests.fakes.served import Served


@dataclass(frozen=True)
class Request:
    """`headers` have lower-case names."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Behaviour:
    """`raw`: what is written, None for nothing. `close`: afterwards the connection ends. `reset`: it ends with a reset.
    `delay`: seconds before anything is done."""

    raw: bytes | None
    close: bool = False
    reset: bool = False
    delay: float = 0.0


def answer(
    status: int, body: bytes = b"", headers: Mapping[str, str] | None = None, *, delay: float = 0.0
) -> Behaviour:
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return Behaviour("\r\n".join(lines).encode() + b"\r\n\r\n" + body, delay=delay)


def ok(body: bytes = b"{}") -> Behaviour:
    return answer(200, body, {"Content-Type": "application/json"})


def status(code: int, body: bytes = b"", **headers: str) -> Behaviour:
    """`status(429, Retry_After="7")`: an underscore stands for a hyphen."""
    return answer(code, body, {name.replace("_", "-"): value for name, value in headers.items()})


def redirect(where: str, code: int = 302) -> Behaviour:
    return answer(code, b"", {"Location": where})


def slow(seconds: float, body: bytes = b"{}") -> Behaviour:
    return answer(200, body, delay=seconds)


def hang() -> Behaviour:
    """Reads the request, and never answers."""
    return Behaviour(None)


def close_after_reading() -> Behaviour:
    return Behaviour(None, close=True)


def reset_after_reading() -> Behaviour:
    return Behaviour(None, reset=True)


def half_an_answer() -> Behaviour:
    return Behaviour(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", close=True)


def garbage() -> Behaviour:
    return Behaviour(b"\x16\x03\x01 SSH-2.0-nobody\r\n\r\n", close=True)


def endless(size: int = 8 * 1024 * 1024) -> Behaviour:
    """A body that is far too long."""
    return answer(200, b"x" * size)


class HttpFake(Served):
    """`requests`: everything that came, whatever was answered. `connections`: how many were opened."""

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        super().__init__()
        self.requests: Inbox[Request] = Inbox()
        self.connections = 0
        self._standing = behaviour or ok()
        self._next: deque[Behaviour] = deque()
        self._by_path: dict[str, Behaviour] = {}
        self._open: set[_Connection] = set()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def behave(self, *behaviours: Behaviour, then: Behaviour | None = None) -> None:
        """The next requests get `behaviours`, one each; all later ones `then`, or the last of them."""
        self._next = deque(behaviours if then else behaviours[:-1])
        self._standing = then or behaviours[-1]

    def behave_at(self, path: str, behaviour: Behaviour) -> None:
        """Requests to this path always get this."""
        self._by_path[path] = behaviour

    def behaviour_for(self, request: Request) -> Behaviour:
        at_path = self._by_path.get(request.path)
        if at_path is not None:
            return at_path
        return self._next.popleft() if self._next else self._standing

    async def listen(self, loop: asyncio.AbstractEventLoop) -> asyncio.Server:
        return await loop.create_server(lambda: _Connection(self), self.host, self.port, backlog=1024)

    def drop_all(self) -> None:
        for connection in list(self._open):
            connection.abort()


class _Connection(asyncio.Protocol):
    def __init__(self, fake: HttpFake) -> None:
        self._fake = fake
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._later: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop has a class of its own
        self._fake.connections += 1
        self._fake._open.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._fake._open.discard(self)
        if self._later is not None:
            self._later.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (request := self._take()) is not None:
            behaviour = self._fake.behaviour_for(request)
            self._fake.requests.add(request)
            if behaviour.delay:
                loop = asyncio.get_running_loop()
                self._later = loop.call_later(behaviour.delay, self._do, behaviour)
            else:
                self._do(behaviour)

    def _take(self) -> Request | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        first, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if len(self._buffer) < end + 4 + length:
            return None
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        method, path, _ = first.split(" ", 2)
        return Request(method, path, headers, body)

    def _do(self, behaviour: Behaviour) -> None:
        assert self._transport is not None
        if behaviour.raw is not None:
            self._transport.write(behaviour.raw)
        if behaviour.reset:
            self._transport.abort()
        elif behaviour.close:
            self._transport.close()

    def abort(self) -> None:
        assert self._transport is not None
        self._transport.abort()
