"""The lanes of the outbox: one a channel, so that a channel that hangs holds up no other."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

import structlog

from watchbill.runtime.clock import monotonic
from watchbill.runtime.condition import Condition
from watchbill.runtime.database import one_line
from watchbill.runtime.road import Unavailable

POLL = 1.0  # seconds; the truth, where a hint was lost or another node wrote the page
AFTER_FAULT = 1.0
T = TypeVar("T")

log = structlog.get_logger()


class Batch(Protocol[T]):  # type: ignore[misc]  # only read from
    """What one claim brought: see paging.claim.Claimed."""

    @property
    def messages(self) -> Sequence[T]: ...
    @property
    def after(self) -> int: ...
    @property
    def found(self) -> bool: ...


class Work(Protocol[T]):
    """What a lane does. `claim` leases at most `most` messages beyond the recipient `after`; `send` tells one and sees
    to it that what became of it is written; it raises nothing, and answers whether its recipient has room again now."""

    async def claim(self, *, after: int, most: int) -> Batch[T]: ...

    async def send(self, message: T) -> bool: ...


class Lane(Generic[T]):
    """Claims and sends for one channel, `width` messages at a time, until it is closed. `poll`: seconds of a pause that
    no hint ends."""

    def __init__(self, name: str, work: Work[T], *, width: int = 100, poll: float = POLL) -> None:
        self.name = name
        self._work = work
        self._width = width
        self._poll = poll
        self._sending: set[asyncio.Task[bool]] = set()
        self._wake = asyncio.Event()
        self._rests = asyncio.Event()
        self._rests.set()
        self._closed = False
        self.condition = Condition()

    def hint(self) -> None:
        """Something may be due now."""
        self._wake.set()

    async def run(self) -> None:
        """Claims whenever there is room, without a pause while there is work."""
        self._rests.clear()
        try:
            await self._claim_and_send()
        finally:
            self._rests.set()

    async def _claim_and_send(self) -> None:
        after = 0
        while not self._closed:
            self._wake.clear()
            room = self._width - len(self._sending)
            found = False
            if room > 0:
                try:
                    batch = await self._work.claim(after=after, most=room)
                except Exception as fault:
                    news = self.condition.bad(one_line(fault))
                    unforeseen = news and not isinstance(fault, Unavailable)
                    log.warning(
                        "claim_failed", channel=self.name, error=one_line(fault), exc_info=fault if unforeseen else None
                    )
                    await self._pause(AFTER_FAULT)
                    continue
                self.condition.good()
                after, found = batch.after, batch.found
                for message in batch.messages:
                    self._start(message)
            if not found:
                await self._pause(self._poll)

    async def drain(self, patience: float) -> None:
        """Takes nothing more and waits for what is being sent, also by a claim that is under way; after `patience` seconds
        the rest is given up, which each `send` writes down as unknown."""
        until = monotonic() + patience
        self._closed = True
        self._wake.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._rests.wait()
        if not self._sending:
            return
        _, late = await asyncio.wait(self._sending, timeout=max(0.0, until - monotonic()))
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=1)

    @property
    def sending(self) -> int:
        """How many messages are on their way."""
        return len(self._sending)

    def _start(self, message: T) -> None:
        task = asyncio.create_task(self._work.send(message))
        self._sending.add(task)
        task.add_done_callback(self._sent)

    def _sent(self, task: "asyncio.Task[bool]") -> None:
        full = len(self._sending) >= self._width
        self._sending.discard(task)
        if full:
            self._wake.set()
        if task.cancelled():
            return
        if (fault := task.exception()) is not None:
            log.error("send_failed", channel=self.name, exc_info=fault)
        elif task.result():
            self._wake.set()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
