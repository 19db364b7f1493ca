"""Group commit: gathers what arrives while the last batch commits, and commits it as the next one.

A service that somebody holds up steps aside: it waits by itself, and the others go on.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

import psycopg
import structlog

from watchbill.engine.directory import Directory
from watchbill.engine.facts import Fact, OnIncident
from watchbill.runtime.clock import monotonic
from watchbill.runtime.database import one_line
from watchbill.runtime.road import Contended, Decision, Unavailable
from watchbill.runtime.submit import Committed, Submitter

MOST_FACTS = 2000  # in one transaction, unless a single hand-in brings more; the more, the more repetitions fold
MOST_WAITING = 20_000  # facts that may wait for their turn; past it nothing more is taken
TRIES_ASIDE = 3
ASIDE_FOR = 4.0  # seconds; after so long no further try is begun
ASIDE_AT_ONCE = 3  # they wait on connections that others need too

log = structlog.get_logger()

Services = frozenset[int]


class _HandIn:
    __slots__ = ("answer", "facts", "services")

    def __init__(self, facts: Sequence[Fact], answer: "asyncio.Future[tuple[Decision, ...]]") -> None:
        self.facts = facts
        self.services: Services = frozenset(_place(fact) for fact in facts)
        self.answer = answer


class _Writing:
    __slots__ = ("began", "given_up", "hand_ins")

    def __init__(self, hand_ins: list[_HandIn]) -> None:
        self.hand_ins = hand_ins
        self.began = monotonic()
        self.given_up = False


def _place(fact: Fact) -> int:
    """What a fact may have to wait for: its service or, where that is not said, its incident, below zero."""
    return -fact.incident if isinstance(fact, OnIncident) and not fact.service else fact.service


class Gatherer:
    """The road of a running node. `committed` is called after each batch, to wake whoever sends and waits."""

    def __init__(self, submitter: Submitter, committed: Callable[[Committed], None]) -> None:
        self._submitter = submitter
        self._committed = committed
        self._waiting: deque[_HandIn] = deque()
        self._waiting_facts = 0
        self._aside: dict[Services, list[_HandIn]] = {}
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

    async def submit(self, facts: Sequence[Fact]) -> Sequence[Decision]:
        """See Road."""
        if self._closed:
            raise Unavailable("This node is stopping.", retry_after=2)
        if self._waiting_facts > MOST_WAITING:
            raise Unavailable("More events wait than this node can hold.", retry_after=2)
        if not facts:
            return ()
        answer: asyncio.Future[tuple[Decision, ...]] = asyncio.get_running_loop().create_future()
        hand_in = _HandIn(facts, answer)
        self._waiting_facts += len(facts)
        if hand_in.services in self._aside:
            self._aside[hand_in.services].append(hand_in)
        else:
            self._waiting.append(hand_in)
            self._arrived.set()
        return await answer

    async def run(self) -> None:
        """Commits batch after batch until it is closed and nothing waits any more."""
        while True:
            if self._waiting:
                await self._commit(self._next_batch())
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
        waiting = [*self._waiting, *(hand_in for group in self._aside.values() for hand_in in group)]
        self._waiting.clear()
        for group in self._aside.values():
            group.clear()
        self._refuse(waiting, fault)
        for writing in self._under_way:
            writing.given_up = True
            for hand_in in writing.hand_ins:
                if not hand_in.answer.done():
                    hand_in.answer.set_exception(fault)

    async def _write(self, batch: list[_HandIn]) -> Committed:
        writing = _Writing(batch)
        self._under_way.append(writing)
        try:
            return await self._submitter.run([fact for hand_in in batch for fact in hand_in.facts])
        finally:
            self._under_way.remove(writing)

    def _next_batch(self) -> list[_HandIn]:
        batch = [self._waiting.popleft()]
        count = len(batch[0].facts)
        while self._waiting and count + len(self._waiting[0].facts) <= MOST_FACTS:
            batch.append(self._waiting.popleft())
            count += len(batch[-1].facts)
        return batch

    async def _commit(self, batch: list[_HandIn]) -> None:
        try:
            done = await self._write(batch)
        except Contended:
            self._step_aside(batch)
        except Unavailable as fault:
            self._refuse(batch, fault)
        except Exception as fault:
            await self._commit_apart(batch, fault)
        else:
            self._answer(batch, done)

    async def _commit_apart(self, batch: list[_HandIn], fault: Exception) -> None:
        """One hand-in that cannot be decided or written must not take the others with it: each is tried by itself."""
        if len(batch) > 1:
            for hand_in in batch:
                await self._commit([hand_in])
            return
        whose = "The database refused it" if isinstance(fault, psycopg.Error) else "A fault of Watchbill's own"
        log.error("hand_in_failed", facts=len(batch[0].facts), error=one_line(fault), exc_info=fault)
        self._refuse(batch, Unavailable(f"{whose}; the log of this node says what."))

    def _step_aside(self, batch: list[_HandIn]) -> None:
        """Each service of the batch is tried by itself; the one that is held up keeps nobody else waiting."""
        groups: dict[Services, list[_HandIn]] = {}
        for hand_in in batch:
            groups.setdefault(hand_in.services, []).append(hand_in)
        for services, group in groups.items():
            if services in self._aside:  # it is being tried already, and these go with what follows
                self._aside[services].extend(group)
                continue
            self._aside[services] = []
            task = asyncio.create_task(self._commit_aside(services, group))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _commit_aside(self, services: Services, group: list[_HandIn]) -> None:
        fault: Unavailable = Unavailable("Its service is held up.")
        try:
            until = monotonic() + ASIDE_FOR
            for _ in range(TRIES_ASIDE):
                try:
                    async with self._room_aside:
                        if monotonic() > until:
                            break
                        done = await self._write(group)
                except Contended as why:
                    fault = why
                else:
                    self._answer(group, done)
                    return
            log.warning("service_held_up", services=sorted(services), error=str(fault))
            self._refuse(group + self._aside[services], fault)
            self._aside[services] = []
        except Unavailable as why:
            self._refuse(group, why)
        except Exception as why:
            await self._commit_apart(group, why)
        finally:
            self._waiting.extend(self._aside.pop(services, ()))
            self._arrived.set()

    def _answer(self, batch: list[_HandIn], done: Committed) -> None:
        self._committed(done)
        start = 0
        for hand_in in batch:
            end = start + len(hand_in.facts)
            self._waiting_facts -= len(hand_in.facts)
            if not hand_in.answer.done():
                hand_in.answer.set_result(done.decisions[start:end])
            start = end

    def _refuse(self, batch: list[_HandIn], fault: Unavailable) -> None:
        for hand_in in batch:
            self._waiting_facts -= len(hand_in.facts)
            if not hand_in.answer.done():
                hand_in.answer.set_exception(fault)
