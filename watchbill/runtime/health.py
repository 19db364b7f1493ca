"""Whether this node lives, whether it can work, and its figures: /healthz, /readyz and /metrics."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from watchbill.runtime.database import Database
from watchbill.runtime.metrics import Metrics
from watchbill.runtime.nodes import living
from watchbill.runtime.road import Unavailable

PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
PATIENCE = 2.0  # seconds

PAGES = "SELECT state, count(*) FROM page WHERE state IN ('due', 'leased', 'unknown') GROUP BY state"
# What is held back waits by intention, and is not late.
OLDEST = """
SELECT coalesce(extract(epoch FROM app_now() - min(p.due_at)), 0)::float8
FROM page p LEFT JOIN recipient r ON r.method_id = p.method_id
WHERE p.state IN ('due', 'leased', 'unknown') AND p.due_at <= (SELECT app_now())
    AND (r.held_until IS NULL OR r.held_until <= (SELECT app_now()))
"""
OPEN = "SELECT status, count(*) FROM incident WHERE status <> 'resolved' GROUP BY status"

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Health:
    """A small ASGI application. `running`: the parts of the node by name, each "ok" or what ails it. `spooled`: how many events
    wait on this node's disk."""

    def __init__(
        self,
        database: Database,
        metrics: Metrics,
        running: Callable[[], dict[str, str]],
        spooled: Callable[[], int] = lambda: 0,
    ) -> None:
        self._database = database
        self._metrics = metrics
        self._running = running
        self._spooled = spooled

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Answers one request for one of PATHS."""
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, b"Only GET.\n", "text/plain", [(b"allow", b"GET, HEAD")])
        elif scope["path"] == "/healthz":
            await _answer(send, 200, b'{"status":"ok"}', "application/json")
        elif scope["path"] == "/readyz":
            status, body = await self._ready()
            await _answer(send, status, body, "application/json")
        else:
            await self._ask_the_database()
            await _answer(send, 200, generate_latest(self._metrics.registry), CONTENT_TYPE_LATEST)

    async def _ready(self) -> tuple[int, bytes]:
        checks = self._running()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._database.ask()
            checks["database"] = "ok"
        except (Unavailable, TimeoutError) as fault:
            checks["database"] = str(fault) or "no answer in time"
        good = all(said == "ok" for said in checks.values())
        told = {"status": "ready" if good else "not ready", "checks": checks, "spooled": self._spooled()}
        body = msgspec.json.encode(told)
        return (200 if good else 503), body

    async def _ask_the_database(self) -> None:
        """Sets the gauges; when the database is away they keep what they were, and /readyz says so."""
        try:
            async with asyncio.timeout(PATIENCE), self._database.link() as link:
                pages = dict(await (await link.execute(PAGES)).fetchall())
                oldest = await (await link.execute(OLDEST)).fetchone()
                open_ = dict(await (await link.execute(OPEN)).fetchall())
                nodes = await living(link)
        except (Unavailable, TimeoutError):
            return
        for state in ("due", "leased", "unknown"):
            self._metrics.pages.labels(state).set(pages.get(state, 0))
        for status in ("triggered", "acknowledged"):
            self._metrics.open_incidents.labels(status).set(open_.get(status, 0))
        self._metrics.oldest_due.set(oldest[0] if oldest else 0)
        self._metrics.beat_age.clear()
        for name, age in nodes:
            self._metrics.beat_age.labels(name).set(age)


async def _answer(
    send: Send, status: int, body: bytes, kind: str, more: list[tuple[bytes, bytes]] | None = None
) -> None:
    headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-store"), *(more or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
