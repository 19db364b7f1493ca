"""The only way out by HTTP: one session for the whole node, with a gate at the place where each socket is made.

The gate sees every address that is dialled, written out or resolved, at the first connection and at each later one, so
a name that changes its meaning between a check and its use gains nothing. Redirects are not followed, proxies from the
environment are not used, cookies are not kept, and at most 64 KB of an answer are read, or what `get` is told.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec import Struct
from yarl import URL

from watchbill import __version__
from watchbill.channels.addresses import PUBLIC_ONLY, Walls
from watchbill.channels.contract import Outcome, Receipt
from watchbill.channels.replies import receipt_for
from watchbill.channels.targets import PORTS, BadTarget, target


class Limits(Struct, frozen=True):
    """Seconds and bytes. The whole send ends before the ten seconds that the contract grants, so that this side still
    gets to say what is known."""

    connect: float = 5.0
    total: float = 9.5
    body: int = 64 * 1024


WITHIN_THE_CONTRACT = Limits()


class Reply(Struct, frozen=True):
    """What came back. `status`: 0 and `body`: empty where nothing did. `receipt` is what it means by HTTP alone."""

    receipt: Receipt
    status: int = 0
    body: bytes = b""


class Refused(OSError):
    """The gate did not open for this address."""


class Gate:
    """Makes sockets for aiohttp, or refuses to."""

    def __init__(self, walls: Walls) -> None:
        self._walls = walls

    def __call__(self, info: tuple[Any, ...]) -> socket.socket:
        """A fresh socket towards `info`, the five parts of getaddrinfo. Raises Refused."""
        family, kind, protocol, _, where = info
        self.judge(str(where[0]), zone=where[3] if len(where) > 3 else 0)
        return socket.socket(family, kind, protocol)

    def judge(self, host: str, *, zone: int = 0) -> None:
        """Raises Refused for an address that must not be dialled."""
        why = "an address with a zone belongs to one network card only" if zone else None
        why = why or self._walls.refusal(ip_address(host))
        if why is not None:
            raise Refused(f"{host} is refused: {why}")


class Resolver(AbstractResolver):
    """Asks the system, on threads of its own: a name server that hangs must not take the loop's other threads along."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._threads = ThreadPoolExecutor(8, thread_name_prefix="resolver")

    async def lookup(self, host: str, port: int, family: socket.AddressFamily) -> list[tuple[Any, ...]]:
        """What getaddrinfo says; tests put their own in its place."""
        loop = asyncio.get_running_loop()
        ask = (host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
        return list(await loop.run_in_executor(self._threads, socket.getaddrinfo, *ask))

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of `host` that may be dialled. Raises Refused when it has addresses but none that may."""
        found: list[ResolveResult] = []
        refused: Refused | None = None
        for where_family, _, protocol, _, where in await self.lookup(host, port, family):
            try:
                self._gate.judge(str(where[0]).partition("%")[0], zone=where[3] if len(where) > 3 else 0)
            except Refused as fault:
                refused = fault
                continue
            found.append(
                ResolveResult(
                    hostname=host,
                    host=where[0],
                    port=port,
                    family=where_family,
                    proto=protocol,
                    flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                )
            )
        if not found:
            raise refused or OSError(f"{host} has no address")
        return found

    async def close(self) -> None:
        """Lets its threads go; one that hangs in a lookup ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class Egress:
    """Posts to, and reads from, addresses that people have typed in. Make one in a node, share it among adapters, close it at the end."""

    def __init__(
        self,
        walls: Walls = PUBLIC_ONLY,
        *,
        ports: frozenset[int] = PORTS,
        limits: Limits = WITHIN_THE_CONTRACT,
        connections: int = 512,
        connections_per_host: int = 32,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._walls = walls
        self._limits = limits
        self._connections = connections
        self._connections_per_host = connections_per_host
        self._gate = Gate(walls)
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None
        # Reading an address costs more than sending to it, and a storm goes to few of them.
        self._target = lru_cache(maxsize=4096)(lambda text: target(text, walls, ports))

    def check(self, url: str) -> None:
        """Raises BadTarget for an address that could never be sent to. Names are judged when they are dialled."""
        self._target(url)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Sends `body` and says what became of it; raises for nothing that can go wrong outside."""
        try:
            where = self._target(url)
        except BadTarget as fault:
            return Reply(Receipt(Outcome.FAILED, str(fault), permanent=True))
        try:
            return await self._exchange(where, body, headers)
        except (aiohttp.ClientError, OSError) as fault:
            return Reply(_meaning(fault))

    async def get(self, url: str, headers: Mapping[str, str], *, most: int) -> Reply:
        """Asks for a document of at most so many bytes. A receipt is accepted only when all of it was read; raises for
        nothing that can go wrong outside."""
        try:
            where = self._target(url)
        except BadTarget as fault:
            return Reply(Receipt(Outcome.FAILED, str(fault), permanent=True))
        try:
            session = self._session or self._open()
            async with session.get(where, headers=headers, allow_redirects=False) as response:
                receipt = receipt_for(response.status, response.headers)
                body = b"".join([part async for part in _parts(response, most + 1)])
        except (aiohttp.ClientError, OSError) as fault:
            return Reply(_meaning(fault))
        if len(body) > most:
            words = f"The document has more than {most:,} bytes, which are the most that is read."
            return Reply(Receipt(Outcome.FAILED, words, permanent=True), response.status)
        return Reply(receipt, response.status, body)

    async def _exchange(self, where: URL, body: bytes, headers: Mapping[str, str]) -> Reply:
        session = self._session or self._open()
        async with session.post(where, data=body, headers=headers, allow_redirects=False) as response:
            receipt = receipt_for(response.status, response.headers)
            parts: list[bytes] = []
            with suppress(aiohttp.ClientError, OSError):  # the status came, and that is what counts
                async for part in _parts(response, self._limits.body):
                    parts.append(part)
            return Reply(receipt, response.status, b"".join(parts))

    def _open(self) -> aiohttp.ClientSession:
        """Made at the first send, because a session belongs to the loop that runs it."""
        limits = self._limits
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._resolver or Resolver(self._gate),
                socket_factory=self._gate,
                limit=self._connections,
                limit_per_host=self._connections_per_host,
                ttl_dns_cache=10,
                keepalive_timeout=15,
            ),
            # `connect` counts the wait for a free connection too, so whatever runs into it was never sent. The
            # threshold keeps aiohttp from rounding our seconds up.
            timeout=aiohttp.ClientTimeout(
                total=limits.total, connect=limits.connect, sock_connect=limits.connect, ceil_threshold=3600
            ),
            headers={"User-Agent": f"Watchbill/{__version__}", "Accept-Encoding": "identity"},
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )
        return self._session

    async def close(self) -> None:
        """Frees every connection; a later `post` opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


async def _parts(response: aiohttp.ClientResponse, room: int) -> AsyncIterator[bytes]:
    """As much as may be read. A connection on which more would come is closed by aiohttp when it is let go."""
    while room > 0 and not response.content.at_eof():
        part = await response.content.read(room)
        room -= len(part)
        yield part


def _meaning(fault: Exception) -> Receipt:
    refused = _refusal_in(fault)
    if refused is not None:
        return Receipt(Outcome.FAILED, f"{refused}.", permanent=True)
    if isinstance(fault, aiohttp.InvalidURL):
        return Receipt(Outcome.FAILED, "It is not a web address.", permanent=True)
    if isinstance(fault, aiohttp.ClientConnectorDNSError):
        return Receipt(Outcome.FAILED, "The name of the server cannot be resolved.")
    if isinstance(fault, aiohttp.ClientConnectorCertificateError):
        return Receipt(Outcome.FAILED, "The server's certificate is not valid.")
    if isinstance(fault, aiohttp.ClientSSLError):
        return Receipt(Outcome.FAILED, "No safe connection could be agreed on with the server.")
    if isinstance(fault, aiohttp.ConnectionTimeoutError):
        return Receipt(Outcome.FAILED, "The server could not be reached in time.")
    if isinstance(fault, aiohttp.ClientConnectorError):
        return Receipt(Outcome.FAILED, "The server does not accept connections.")
    if isinstance(fault, TimeoutError):
        return Receipt(Outcome.UNKNOWN, "The server did not answer in time.")
    if isinstance(fault, aiohttp.ClientResponseError):
        return Receipt(Outcome.UNKNOWN, "The server's answer is not HTTP.")
    return Receipt(Outcome.UNKNOWN, "The server closed the connection before it answered.")


def _refusal_in(fault: BaseException | None) -> Refused | None:
    while fault is not None:
        if isinstance(fault, Refused):
            return fault
        fault = fault.__cause__ or getattr(fault, "os_error", None)
    return None
