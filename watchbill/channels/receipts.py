"""Gathers what became of attempts and writes it, with its line in the journal, many at a time."""

import asyncio
from collections.abc import Sequence

import msgspec
import structlog
from msgspec import Raw

from watchbill.engine.delivery import PageState
from watchbill.engine.facts import PageFailed
from watchbill.journal.apply import Line, append
from watchbill.paging.settle import Settled, settle
from watchbill.runtime.database import Database, Link, one_line
from watchbill.runtime.road import Road, Unavailable

TRY_AGAIN = 0.5  # seconds, while the database is away

log = structlog.get_logger()


class Receipts:
    """One for a node. What is handed in is written soon; where the claim has passed on, nothing is written."""

    def __init__(self, database: Database, road: Road) -> None:
        self._database = database
        self._road = road
        self._waiting: list[Settled] = []
        self._failed: list[PageFailed] = []
        self._arrived = asyncio.Event()
        self._closed = False
        self.lost_claims = 0

    def hand_in(self, settled: Sequence[Settled]) -> None:
        """Takes outcomes; returns at once."""
        self._waiting.extend(settled)
        self._arrived.set()

    def tell(self, failed: Sequence[PageFailed]) -> None:
        """Takes methods that are gone, for the rules to page by another; returns at once."""
        if failed:
            self._failed.extend(failed)
            self._arrived.set()

    async def run(self) -> None:
        """Writes what was handed in until it is closed and nothing waits any more."""
        while self._waiting or self._failed or not self._closed:
            if not self._waiting and not self._failed:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            try:
                await self.flush()
            except Unavailable as fault:
                log.warning("receipts_waiting", count=len(self._waiting), error=str(fault))
                if self._closed:
                    return  # the leases run out, and the pages count as unknown: they are sent again
                await asyncio.sleep(TRY_AGAIN)

    async def flush(self) -> None:
        """Writes all that waits, once. Raises Unavailable, and then all of it still waits."""
        batch, self._waiting = self._waiting, []
        failed, self._failed = self._failed, []
        try:
            if failed:
                await self._road.submit(failed)
                failed = []
            await self._write_all(batch)
        except BaseException:
            self._waiting[:0] = batch
            self._failed[:0] = failed
            raise

    async def _write_all(self, batch: list[Settled]) -> None:
        try:
            if batch:
                await self._write(batch)
        except Unavailable:
            raise
        except Exception as fault:
            if len(batch) == 1:  # its lease runs out, and the page is sent again
                log.error("receipt_cannot_be_written", page=batch[0].page, error=one_line(fault), exc_info=fault)
                return
            for one in batch:
                await self._write_all([one])

    def close(self) -> None:
        """Nothing more is handed in after this."""
        self._closed = True
        self._arrived.set()

    async def _write(self, batch: list[Settled]) -> None:
        """What failed for good is told to the rules first: if this node dies in between, the page is tried once more
        and told again, which the rules take for what it is."""
        failed = [one for one in batch if one.state is PageState.FAILED]
        if failed:
            await self._road.submit(
                [PageFailed(service=0, incident=one.incident, person=one.person, method=one.method) for one in failed]
            )
        async with self._database.transaction() as link:
            held = await settle(link, batch)
            await _note(link, [one for one in batch if one.page in held])
        self.lost_claims += len(batch) - len(held)


async def _note(link: Link, settled: Sequence[Settled]) -> None:
    row = await (await link.execute("SELECT app_now()")).fetchone()
    assert row is not None
    lines = [
        Line(row[0], one.incident, None, "page", one.state, one.reason, data=Raw(msgspec.json.encode(_told(one))))
        for one in settled
    ]
    await append(link, lines)


def _told(one: Settled) -> dict[str, object]:
    told: dict[str, object] = {
        "page": one.page,
        "person": one.person,
        "method": one.method,
        "channel": one.channel,
        "attempt": one.attempt,
        "ms": round(one.took_ms, 1),
    }
    if one.detail:
        told["detail"] = one.detail
    return told
