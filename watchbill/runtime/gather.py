"""Group commit: gathers what arrives while the last batch commits, and commits it as the next one."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

import psycopg
import structlog

from watchbill.engine.directory import Directory
from watchbill.engine.facts import Fact
from watchbill.runtime.database import one_line
from watchbill.runtime.road import Decision, Unavailable
from watchbill.runtime.submit import Committed, Submitter

MOST_FACTS = 1000  # in one transaction, unless a single hand-in brings more
MOST_WAITING = 20_000  # facts that may wait for their turn; past it nothing more is taken

log = structlog.get_logger()


class _HandIn:
    __slots__ = ("answer", "facts")

    def __init__(self, facts: Sequence[Fact], answer: "asyncio.Future[tuple[Decision, ...]]") -> None:
        self.facts = facts
        self.answer = answer


class Gatherer:
    """The road of a running node. `committed` is called after each batch, to wake whoever sends and waits."""

    def __init__(self, submitter: Submitter, committed: Callable[[Committed], None]) -> None:
        self._submitter = submitter
        self._committed = committed
        self._waiting: deque[_HandIn] = deque()
        self._waiting_facts = 0
        self._arrived = asyncio.Event()
        self._closed = False

    @property
    def directory(self) -> Directory:
        """See Road."""
        return self._submitter.directory

    async def fresh_directory(self) -> Directory:
        """See Road."""
        return await self._submitter.refresh()

    async def submit(self, facts: Sequence[Fact]) -> Sequence[Decision]:
        """See Road."""
        if self._closed:
            raise Unavailable("This node is stopping.", retry_after=2)
        if self._waiting_facts > MOST_WAITING:
            raise Unavailable("More events wait than this node can hold.", retry_after=2)
        if not facts:
            return ()
        answer: asyncio.Future[tuple[Decision, ...]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_HandIn(facts, answer))
        self._waiting_facts += len(facts)
        self._arrived.set()
        return await answer

    async def run(self) -> None:
        """Commits batch after batch until it is closed and nothing waits any more."""
        while True:
            if not self._waiting:
                if self._closed:
                    return
                self._arrived.clear()
                await self._arrived.wait()
                continue
            await self._commit(self._next_batch())

    def close(self) -> None:
        """Takes nothing more; what waits is still committed."""
        self._closed = True
        self._arrived.set()

    def _next_batch(self) -> list[_HandIn]:
        batch = [self._waiting.popleft()]
        count = len(batch[0].facts)
        while self._waiting and count + len(self._waiting[0].facts) <= MOST_FACTS:
            batch.append(self._waiting.popleft())
            count += len(batch[-1].facts)
        self._waiting_facts -= count
        return batch

    async def _commit(self, batch: list[_HandIn]) -> None:
        try:
            done = await self._submitter.run([fact for hand_in in batch for fact in hand_in.facts])
        except Unavailable as fault:
            _refuse(batch, fault)
        except psycopg.Error as fault:
            await self._commit_apart(batch, fault)
        except Exception as fault:
            log.exception("batch_failed", facts=sum(len(hand_in.facts) for hand_in in batch))
            if len(batch) > 1:
                await self._commit_apart(batch, fault)
            else:
                _refuse(batch, Unavailable(f"A fault of Watchbill's own: {one_line(fault)}"))
        else:
            self._answer(batch, done)

    async def _commit_apart(self, batch: list[_HandIn], fault: Exception) -> None:
        """One hand-in that the database refuses must not take the others with it: each is tried by itself."""
        if len(batch) == 1:
            log.error("batch_refused", error=one_line(fault), facts=len(batch[0].facts))
            _refuse(batch, Unavailable(f"The database refused: {one_line(fault)}"))
            return
        for hand_in in batch:
            await self._commit([hand_in])

    def _answer(self, batch: list[_HandIn], done: Committed) -> None:
        self._committed(done)
        start = 0
        for hand_in in batch:
            end = start + len(hand_in.facts)
            if not hand_in.answer.done():
                hand_in.answer.set_result(done.decisions[start:end])
            start = end


def _refuse(batch: list[_HandIn], fault: Unavailable) -> None:
    for hand_in in batch:
        if not hand_in.answer.done():
            hand_in.answer.set_exception(fault)
