"""The door under the real server, with senders that lie, dawdle and hurry: raw sockets on loopback."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from granian.server.embed import Server

from watchbill.intake.door import Door
from watchbill.intake.tests.fakes import ANAS_KEY, FakeRoad
from watchbill.runtime.road import Unavailable

TRIGGER = json.dumps(
    {
        "routing_key": ANAS_KEY,
        "event_action": "trigger",
        "dedup_key": "k",
        "payload": {"summary": "It broke", "source": "db-1", "severity": "critical"},
    }
).encode()


def post(body: bytes, *headers: str, path: str = "/v2/enqueue", length: int | None = None) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: watchbill", *headers]
    if length is None or length >= 0:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)


class Peer:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def hear(self) -> tuple[int, dict[str, str], Any]:
        """The next response: status, headers and decoded body."""
        async with asyncio.timeout(10):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(head[0].split()[1]), headers, json.loads(body) if body else None


class House:
    """A served door. `counted` grows by one for every request that came to an end."""

    def __init__(self, port: int, road: FakeRoad) -> None:
        self.port = port
        self.road = road
        self.outcomes: asyncio.Queue[str] = asyncio.Queue()
        self.peers: list[Peer] = []

    async def call(self) -> Peer:
        peer = Peer(*await asyncio.open_connection("127.0.0.1", self.port))
        self.peers.append(peer)
        return peer

    async def outcome(self) -> str:
        async with asyncio.timeout(10):
            return await self.outcomes.get()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    road = FakeRoad()
    served = House(port, road)
    door = Door(road, observe=lambda outcome, *_: served.outcomes.put_nowait(outcome), patience=0.5)
    ready = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await door(scope, receive, send)
            return
        await receive()
        await send({"type": "lifespan.startup.complete"})
        ready.set()
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    server = Server(application, address="127.0.0.1", port=port, interface="asgi", log_enabled=False)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        await ready.wait()
    yield served
    for peer in served.peers:
        peer.writer.close()
    server.stop()
    await serving


async def test_a_storm_of_pipelined_events_is_answered_in_order(house):
    peer = await house.call()
    await peer.say(post(TRIGGER) * 20)
    for _ in range(20):
        status, _, body = await peer.hear()
        assert (status, body["status"]) == (202, "success")
    assert len(house.road.taken) == 20


async def test_a_body_too_large_is_answered_and_the_connection_goes_on(house):
    peer = await house.call()
    await peer.say(post(b"x" * 600_000) + post(TRIGGER))
    status, _, body = await peer.hear()
    assert (status, body["errors"]) == (413, ["The body is larger than 524288 bytes."])
    assert (await peer.hear())[0] == 202


async def test_a_chunked_body_too_large_is_answered_and_the_connection_goes_on(house):
    peer = await house.call()
    await peer.say(post(b"", "Transfer-Encoding: chunked", length=-1))
    for _ in range(10):
        await peer.say(chunk(b"x" * 60_000))
    await peer.say(chunk(b"") + post(TRIGGER))
    assert (await peer.hear())[0] == 413
    assert (await peer.hear())[0] == 202


async def test_who_asks_first_hears_that_it_is_too_large_before_sending_it(house):
    peer = await house.call()
    await peer.say(post(b"", "Expect: 100-continue", length=600_000))
    assert (await peer.hear())[0] == 413


async def test_who_asks_first_is_told_to_go_on(house):
    peer = await house.call()
    await peer.say(post(b"", "Expect: 100-continue", length=len(TRIGGER)))
    assert (await peer.hear())[0] == 100
    await peer.say(TRIGGER)
    assert (await peer.hear())[0] == 202


async def test_a_chunked_body_in_single_bytes(house):
    peer = await house.call()
    await peer.say(post(b"", "Transfer-Encoding: chunked", length=-1))
    for byte in TRIGGER:
        await peer.say(chunk(bytes([byte])))
    await peer.say(chunk(b""))
    assert (await peer.hear())[0] == 202


async def test_who_promises_more_than_it_sends_and_leaves_is_not_taken(house):
    peer = await house.call()
    await peer.say(post(TRIGGER, length=len(TRIGGER) + 10))
    peer.writer.close()
    assert await house.outcome() == "gone"
    assert house.road.taken == []


async def test_a_broken_chunk_is_not_taken(house):
    peer = await house.call()
    await peer.say(post(chunk(TRIGGER), "Transfer-Encoding: chunked", length=-1) + b"rubbish\r\n")
    assert await house.outcome() == "gone"
    assert house.road.taken == []


async def test_who_promises_more_than_it_sends_and_stays_is_answered_503(house):
    peer = await house.call()
    await peer.say(post(TRIGGER, length=len(TRIGGER) + 10))
    status, headers, _ = await peer.hear()
    assert status == 503
    assert int(headers["retry-after"]) >= 5
    assert house.road.taken == []


async def test_who_sends_more_than_it_promised_has_sent_one_event(house):
    peer = await house.call()
    await peer.say(post(TRIGGER + b"\r\nrubbish\r\n\r\n", length=len(TRIGGER)))
    assert (await peer.hear())[0] == 202
    assert len(house.road.taken) == 1


async def test_who_leaves_while_the_commit_runs_has_still_been_heard(house):
    house.road.gate.clear()
    peer = await house.call()
    await peer.say(post(TRIGGER))
    await house.road.waiting.wait()
    peer.writer.close()
    house.road.gate.set()
    assert await house.outcome() == "accepted"
    assert len(house.road.taken) == 1


async def test_the_database_away(house):
    house.road.away = Unavailable("away", retry_after=7)
    peer = await house.call()
    await peer.say(post(TRIGGER))
    status, headers, body = await peer.hear()
    assert (status, body["errors"]) == (503, ["away"])
    assert 7 <= int(headers["retry-after"]) <= 11
    house.road.away = None
    await peer.say(post(TRIGGER))
    assert (await peer.hear())[0] == 202


async def test_percent_encoded_keys_and_queries(house):
    peer = await house.call()
    path = f"/v1/alertmanager/%61{ANAS_KEY[1:]}?from=there"
    await peer.say(post(b'{"alerts":[{"fingerprint":"f"}]}', path=path))
    assert (await peer.hear())[0] == 200
