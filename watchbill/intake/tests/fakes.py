"""A road and a sender for the door's tests: both real, both with a control panel."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from watchbill.engine.directory import Directory, Integration
from watchbill.engine.facts import Fact
from watchbill.engine.reasons import Reason
from watchbill.intake.door import Door
from watchbill.runtime.road import Decision, Unavailable

ANAS_KEY = "a" * 32  # opens the service of Ana's team
BOS_KEY = "b" * 32  # another integration of that service
CYS_KEY = "c" * 32  # opens nothing
ANAS = Integration(id=7, service=3, kind="events_v2")
BOS = Integration(id=8, service=3, kind="alertmanager_v4")


def directory_of(**keys: Integration) -> Directory:
    """A directory in which these keys open these integrations."""
    hashed = {hashlib.sha256(key.encode()).hexdigest(): value for key, value in keys.items()}
    return Directory(version=1, integrations=hashed)


def event(key: str = ANAS_KEY, **changes: Any) -> bytes:
    payload = {"summary": "It broke", "source": "db-1", "severity": "critical"}
    made = {"routing_key": key, "event_action": "trigger", "dedup_key": "k", "payload": payload}
    return json.dumps({**made, **changes}).encode()


def message(*fingerprints: str, status: str = "firing") -> bytes:
    alerts = [{"fingerprint": name, "labels": {"alertname": name}} for name in fingerprints]
    return json.dumps({"version": "4", "status": status, "alerts": alerts}).encode()


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


class FakeRoad:
    """Takes facts into a list. `away`: the database is away. `broken`: raised by submit. `gate`: while it is not set,
    submit waits, as for a commit. `spooling`: what is taken is kept on disk. `known` is what this node knows, `fresh` what the database has."""

    def __init__(self) -> None:
        self.known = directory_of(**{ANAS_KEY: ANAS, BOS_KEY: BOS})
        self.fresh = self.known
        self.away: Unavailable | None = None
        self.broken: Exception | None = None
        self.spooling = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.waiting = asyncio.Event()
        self.refreshed = 0
        self.taken: list[list[Fact]] = []

    @property
    def directory(self) -> Directory:
        return self.known

    async def fresh_directory(self) -> Directory:
        self.refreshed += 1
        if self.away:
            raise self.away
        self.known = self.fresh
        return self.fresh

    async def submit(self, facts: Sequence[Fact]) -> Sequence[Decision]:
        self.waiting.set()
        await self.gate.wait()
        if self.away:
            raise self.away
        if self.broken:
            raise self.broken
        self.taken.append(list(facts))
        return [Decision(Reason.SPOOLED) if self.spooling else Decision(Reason.FIRST_ALERT, 1) for _ in facts]


class Response:
    """What a sender got back, or `status` 0 where it got nothing."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Sender:
    """Sends requests straight into the door's ASGI side.

    `pieces`: the body as it arrives. `leaves`: goes away after the pieces, instead of ending. `stalls`: neither sends
    more nor leaves. `deaf`: sending it an answer fails.
    """

    def __init__(self, door: Door, address: str = "192.0.2.1") -> None:
        self.door = door
        self.address = address
        self.pieces_read = 0

    async def send(
        self,
        path: str,
        *pieces: bytes,
        method: str = "POST",
        headers: dict[str, str] | None = None,
        leaves: bool = False,
        stalls: bool = False,
        deaf: bool = False,
    ) -> Response:
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "client": (self.address, 4711),
            "headers": [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()],
        }
        rest = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
        if leaves:
            rest.append({"type": "http.disconnect"})
        elif not stalls:
            rest.append({"type": "http.request", "body": b"", "more_body": False})
        response = Response()

        async def receive() -> dict[str, Any]:
            if not rest:
                assert stalls, "the door read on after the end"
                await asyncio.Event().wait()
            self.pieces_read += 1
            return rest.pop(0)

        async def answer(message: Any) -> None:
            if deaf:
                raise ConnectionResetError
            if message["type"] == "http.response.start":
                response.status = message["status"]
                response.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            else:
                response.body += message["body"]

        await self.door(scope, receive, answer)
        return response
