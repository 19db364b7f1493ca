"""Group commit: gathers what arrives while the last batch commits, and commits it as the next one.

A service of which somebody holds something steps aside: it is tried by itself (aside.py), and the others go on.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

import psycopg
import structlog

from watchbill.engine.directory import Directory
from watchbill.engine.facts import Fact
from watchbill.runtime.aside import Aside
from watchbill.runtime.clock import monotonic
from watchbill.runtime.database import one_line
from watchbill.runtime.handins import HandIn, Services, next_batch
from watchbill.runtime.road import Contended, Decision, Unavailable
from watchbill.runtime.submit import Committed, Submitter

MOST_WAITING = 20_000  # facts that may wait for their turn; past it nothing more is taken
ASIDE_AT_ONCE = 3  # tries of services that are held up; they wait on connections that others need too

log = structlog.get_logger()


class _Writing:
    __slots__ = ("began", "given_up", "hand_ins")

    def __init__(self, hand_ins: list[HandIn]) -> None:
        self.hand_ins = hand_ins
        self.began = monotonic()
        self.given_up = False


class Gatherer:
    """The road of a running node. `committed` is called after each batch, to wake whoever sends and waits."""

    def __init__(self, submitter: Submitter, committed: Callable[[Committed], None]) -> None:
        self._submitter = submitter
        self._committed = committed
        self._waiting: deque[HandIn] = deque()
        self._waiting_facts = 0
        self._aside: dict[Services, Aside] = {}
        self._room_aside = asyncio.Semaphore(ASIDE_AT_ONCE)
        self._under_way: list[_Writing] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._arrived = asyncio.Event()
        self._closed = False

    @property
    def directory(self) -> Directory:
        """See Road."""
        return self._submitter.directory

    async def fresh_directory(self) -> Directory:
        """See Road."""
        return await self._submitter.refresh()

    def now_at_most(self) -> datetime:
        """See Submitter."""
        return self._submitter.now_at_most()

    async def submit(self, facts: Sequence[Fact]) -> Sequence[Decision]:
        """See Road."""
        if self._closed:
            raise Unavailable("This node is stopping.", retry_after=2)
        if self._waiting_facts > MOST_WAITING:
            raise Unavailable("More events wait than this node can hold.", retry_after=2)
        if not facts:
            return ()
        answer: asyncio.Future[tuple[Decision, ...]] = asyncio.get_running_loop().create_future()
        hand_in = HandIn(facts, answer)
        self._waiting_facts += len(facts)
        if hand_in.services in self._aside:
            self._aside[hand_in.services].add(hand_in)
        else:
            self._waiting.append(hand_in)
            self._arrived.set()
        return await answer

    async def run(self) -> None:
        """Commits batch after batch until it is closed and nothing waits any more."""
        while True:
            if self._waiting:
                await self._commit(next_batch(self._waiting))
            elif self._closed and not self._tasks:
                return
            elif self._closed:
                await asyncio.wait(self._tasks)
            else:
                self._arrived.clear()
                await self._arrived.wait()

    def close(self) -> None:
        """Takes nothing more; what waits is still committed."""
        self._closed = True
        self._arrived.set()
        for aside in self._aside.values():
            aside.close()

    @property
    def stuck_for(self) -> float:
        """Seconds for which the oldest batch has been with the database."""
        return monotonic() - self._under_way[0].began if self._under_way else 0.0

    @property
    def in_doubt(self) -> bool:
        """Whether a batch that was given up is still with the database, and may yet be committed."""
        return any(writing.given_up for writing in self._under_way)

    def give_up(self, fault: Unavailable) -> None:
        """Answers everybody with `fault`, also those whose batch is with the database and may yet be committed."""
        waiting = [*self._waiting, *(hand_in for aside in self._aside.values() for hand_in in aside.drop())]
        self._waiting.clear()
        self._refuse(waiting, fault)
        for writing in self._under_way:
            writing.given_up = True
            for hand_in in writing.hand_ins:
                if not hand_in.answer.done():
                    hand_in.answer.set_exception(fault)

    async def _commit(self, batch: list[HandIn]) -> None:
        try:
            await self._write(batch)
        except Contended:
            self._step_aside(batch)
        except Unavailable as fault:
            self._refuse(batch, fault)
        except Exception as fault:
            if len(batch) == 1:
                self._refuse(batch, fault)
            else:
                await self._commit_apart(batch)

    async def _commit_apart(self, batch: list[HandIn]) -> None:
        """One hand-in that cannot be decided or written must not take the others with it: each is tried by itself."""
        for hand_in in batch:
            if hand_in.services in self._aside:
                self._aside[hand_in.services].add(hand_in)
            else:
                await self._commit([hand_in])

    async def _write(self, batch: list[HandIn]) -> None:
        """Commits a batch and answers it. Raises what became of it otherwise."""
        writing = _Writing(batch)
        self._under_way.append(writing)
        try:
            done = await self._submitter.run([fact for hand_in in batch for fact in hand_in.facts])
        finally:
            self._under_way.remove(writing)
        self._committed(done)
        start = 0
        for hand_in in batch:
            end = start + len(hand_in.facts)
            self._waiting_facts -= len(hand_in.facts)
            if not hand_in.answer.done():
                hand_in.answer.set_result(done.decisions[start:end])
            start = end

    def _step_aside(self, batch: list[HandIn]) -> None:
        """Each service of the batch is tried by itself; the one that is held up keeps nobody else waiting."""
        for services in dict.fromkeys(hand_in.services for hand_in in batch):
            if services not in self._aside:
                aside = Aside(services, self._write, self._refuse, self._room_aside)
                self._aside[services] = aside
                task = asyncio.create_task(self._run_aside(aside))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        self._waiting, waiting = deque(), self._waiting
        for hand_in in (*batch, *waiting):  # those that came later must stay behind
            if hand_in.services in self._aside:
                self._aside[hand_in.services].add(hand_in)
            else:
                self._waiting.append(hand_in)

    async def _run_aside(self, aside: Aside) -> None:
        if self._closed:
            aside.close()
        try:
            await aside.run()
        except Exception as fault:
            self._refuse(aside.drop(), fault)
        finally:
            del self._aside[aside.services]
            self._arrived.set()

    def _refuse(self, batch: Sequence[HandIn], fault: Exception) -> None:
        if not isinstance(fault, Unavailable):
            whose = "The database refused it" if isinstance(fault, psycopg.Error) else "A fault of Watchbill's own"
            log.error("hand_in_failed", hand_ins=len(batch), error=one_line(fault), exc_info=fault)
            fault = Unavailable(f"{whose}; the log of this node says what.")
        for hand_in in batch:
            self._waiting_facts -= len(hand_in.facts)
            if not hand_in.answer.done():
                hand_in.answer.set_exception(fault)
