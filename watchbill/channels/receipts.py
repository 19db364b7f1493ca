"""Gathers what became of attempts and writes it, with its line in the journal, many at a time."""

import asyncio
from collections.abc import Sequence

import msgspec
import structlog
from msgspec import Raw

from watchbill.engine.delivery import PageState
from watchbill.engine.facts import PageFailed
from watchbill.engine.reasons import Reason
from watchbill.journal.apply import Line, append
from watchbill.paging.settle import Settled, settle
from watchbill.runtime.clock import monotonic
from watchbill.runtime.database import Database, Link, one_line
from watchbill.runtime.road import Away, Road, Unavailable

TRY_AGAIN = 0.5  # seconds, while the database is away
TELL_AGAIN = 2.0  # seconds, while the rules cannot be told
LAST_WORDS = 1.5  # seconds that a stop waits for the rules
TELL_FOR = 20.0  # seconds; then the lease ends before long, and the page is claimed and told again

log = structlog.get_logger()


class Receipts:
    """One for a node. What is handed in is written soon; where the claim has passed on, nothing is written.

    What ends a contact method is told to the rules before it is written: if this node dies in between, the lease runs out
    and the page is claimed and told once more, which the rules take for what it is. Each incident is told by itself, so
    that one whose service is held up keeps nothing else waiting.
    """

    def __init__(self, database: Database, road: Road) -> None:
        self._database = database
        self._road = road
        self._waiting: list[Settled] = []
        self._untold: list[Settled] = []
        self._telling: set[asyncio.Task[None]] = set()
        self._arrived = asyncio.Event()
        self._closed = False
        self._behind = False
        self.lost_claims = 0

    @property
    def behind(self) -> bool:
        """Whether the database was away when outcomes were to be written. Until they are, this node must claim nothing: it
        would send again what it knows to have arrived."""
        return self._behind

    def hand_in(self, settled: Sequence[Settled]) -> None:
        """Takes outcomes; returns at once."""
        for one in settled:
            (self._untold if _ends_a_method(one) else self._waiting).append(one)
        self._arrived.set()

    async def run(self) -> None:
        """Writes what was handed in until it is closed and nothing waits any more."""
        while not self._closed:
            self._arrived.clear()
            self._begin_to_tell()
            if not self._waiting:
                await self._arrived.wait()
            elif not await self._try_to_write():
                await asyncio.sleep(TRY_AGAIN)
        await self._end()

    async def flush(self) -> None:
        """Writes all that waits, once. Raises Unavailable, and then what was not written still waits."""
        await self._write_waiting()
        untold, self._untold = self._untold, []
        for group in _by_incident(untold):
            try:
                await self._tell(group)
            except BaseException:
                self._untold.extend(group)
                raise
        await self._write_waiting()

    def close(self) -> None:
        """Nothing more is handed in after this."""
        self._closed = True
        self._arrived.set()

    async def _try_to_write(self) -> bool:
        try:
            await self._write_waiting()
        except Exception as fault:
            if not isinstance(fault, Unavailable):
                log.exception("receipts_failed")
            self._behind = isinstance(fault, Away)
            log.warning("receipts_waiting", count=len(self._waiting), error=one_line(fault))
            return False
        self._behind = False
        return True

    async def _end(self) -> None:
        """The last words. What cannot be written now is found by its lease: the pages count as unknown and are sent again."""
        self._begin_to_tell()
        written = await self._try_to_write()
        if written and self._telling:
            _, late = await asyncio.wait(self._telling, timeout=LAST_WORDS)
            for task in late:
                task.cancel()
            await self._try_to_write()

    def _begin_to_tell(self) -> None:
        untold, self._untold = self._untold, []
        for group in _by_incident(untold):
            task = asyncio.create_task(self._tell_until_told(group))
            self._telling.add(task)
            task.add_done_callback(self._told)

    def _told(self, task: "asyncio.Task[None]") -> None:
        self._telling.discard(task)
        self._arrived.set()
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("telling_failed", exc_info=fault)

    async def _tell_until_told(self, group: list[Settled]) -> None:
        until = monotonic() + TELL_FOR
        while True:
            try:
                return await self._tell(group)
            except Unavailable as fault:
                if self._closed or monotonic() > until:
                    log.warning("method_failed_untold", incident=group[0].incident, error=str(fault))
                    return None
                await asyncio.sleep(TELL_AGAIN)

    async def _tell(self, group: list[Settled]) -> None:
        await self._road.submit(
            [PageFailed(service=0, incident=one.incident, person=one.person, method=one.method) for one in group]
        )
        self._waiting.extend(group)

    async def _write_waiting(self) -> None:
        batch, self._waiting = self._waiting, []
        try:
            await self._write_all(batch)
        except BaseException:
            self._waiting[:0] = batch
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

    async def _write(self, batch: list[Settled]) -> None:
        async with self._database.transaction() as link:
            held = await settle(link, batch)
            await _note(link, [one for one in batch if (one.page, one.fence) in held])
        self.lost_claims += len(batch) - len(held)


def _ends_a_method(one: Settled) -> bool:
    return one.state is PageState.FAILED or one.reason is Reason.PAGE_SUPPRESSED_METHOD_GONE


def _by_incident(settled: Sequence[Settled]) -> list[list[Settled]]:
    groups: dict[int, list[Settled]] = {}
    for one in settled:
        groups.setdefault(one.incident, []).append(one)
    return list(groups.values())


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
