"""Says that this node lives, by the database's clock, and which others do."""

import asyncio
import os
import socket
from typing import Any

import structlog

from watchbill.runtime.database import Database
from watchbill.runtime.road import Unavailable

BEAT_EVERY = 5.0  # seconds
FORGOTTEN_AFTER = "10 minutes"  # a node that was killed is news for so long

BEAT = """
INSERT INTO node (name, version, started_at, beat_at) VALUES (%s, %s, app_now(), app_now())
ON CONFLICT (name) DO UPDATE SET version = excluded.version, beat_at = app_now()
"""
GONE = "DELETE FROM node WHERE name = %s"
FORGET = f"DELETE FROM node WHERE beat_at < app_now() - interval '{FORGOTTEN_AFTER}'"

log = structlog.get_logger()


def name_of_this_node() -> str:
    """A name that no other living process has."""
    return f"{socket.gethostname()}:{os.getpid()}"


class Heartbeat:
    """Beats until it is closed."""

    def __init__(self, database: Database, *, name: str, version: str) -> None:
        self._database = database
        self._name = name
        self._version = version
        self._closed = asyncio.Event()

    async def run(self) -> None:
        """Writes the beat now and every few seconds; a database that is away is no reason to stop."""
        while not self._closed.is_set():
            try:
                async with self._database.link() as link:
                    await link.execute(BEAT, [self._name, self._version])
                    await link.execute(FORGET)
            except Unavailable as fault:
                log.warning("beat_failed", error=str(fault))
            except Exception:
                log.exception("beat_failed")
            await self._pause()
        await self._leave()

    def close(self) -> None:
        """The node goes."""
        self._closed.set()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(BEAT_EVERY):
                await self._closed.wait()
        except TimeoutError:
            return

    async def _leave(self) -> None:
        try:
            async with self._database.link() as link:
                await link.execute(GONE, [self._name])
        except Unavailable as fault:
            log.warning("leaving_unsaid", error=str(fault))


async def living(link: Any) -> list[tuple[str, float]]:
    """Every node that is known, with the seconds since its last beat."""
    rows = await link.execute("SELECT name, extract(epoch FROM app_now() - beat_at)::float8 FROM node ORDER BY name")
    return [(name, age) for name, age in await rows.fetchall()]
