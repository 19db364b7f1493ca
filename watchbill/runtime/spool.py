"""Takes events while the database is away: onto the node's disk, and from there to the database, in order.

Three states. Direct: the spool is empty and the gatherer has it all. Away: all is put on the shelf at once. Back: the
shelf is being drained, and who comes meanwhile waits a moment, then goes behind it; so the drain wins.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, TypeVar

import structlog
from msgspec.structs import replace

from watchbill.engine.directory import Directory
from watchbill.engine.facts import AlertResolved, AlertTriggered, Fact
from watchbill.engine.reasons import Reason
from watchbill.runtime.clock import monotonic
from watchbill.runtime.condition import Condition
from watchbill.runtime.database import one_line
from watchbill.runtime.drain import Drain, encode
from watchbill.runtime.gather import Gatherer
from watchbill.runtime.metrics import Metrics
from watchbill.runtime.road import Away, Decision, Unavailable
from watchbill.runtime.shelf import Shelf, SpoolFull

LOOK_EVERY = 0.5  # seconds; at the database while it is away, at the gatherer while it is not
HELD_AT_MOST = 1.0  # seconds that an event waits for the end of a drain
STUCK_AFTER = 1.5  # seconds for which a batch may be with the database before that is asked whether it is there
STUCK_FOR_GOOD = 9.0  # no statement takes so long, so the database has given up or is frozen
ANSWERS_WITHIN = 1.0
FRESH_WITHIN = 3.0
AILING_FOR = 2.0  # seconds between two tries after a fault that is not the database's being away
SAID_EVERY = 5.0  # seconds between two log lines of one kind

SPOOLED = Decision(Reason.SPOOLED)

log = structlog.get_logger()

T = TypeVar("T")


class SpoolingRoad:
    """The front door's road. `ask`: returns when the database answers, or raises."""

    def __init__(
        self,
        road: Gatherer,
        shelf: Shelf,
        drain: Drain,
        *,
        ask: Callable[[], Coroutine[Any, Any, object]],
        metrics: Metrics,
    ) -> None:
        self._road = road
        self._shelf = shelf
        self._drain = drain
        self._ask = ask
        self._metrics = metrics
        self._direct = True
        self._back = False
        self._settled = asyncio.Event()  # the drain has ended, one way or the other
        self._wake = asyncio.Event()
        self._opened = False
        self._closed = False
        self._putting = 0
        self._asking: asyncio.Task[object] | None = None
        self._answering_since: float | None = None
        self._began = 0.0
        self._drained_before = 0
        self._told = False
        self._said: dict[str, float] = {}
        self.condition = Condition()
        metrics.spool_events.set_function(lambda: shelf.count)
        metrics.spool_bytes.set_function(lambda: shelf.size)

    @property
    def directory(self) -> Directory:
        """See Road."""
        return self._road.directory

    @property
    def waiting(self) -> int:
        """Events that are on the shelf."""
        return self._shelf.count

    async def fresh_directory(self) -> Directory:
        """See Road. While the database is known to be away nobody waits for it."""
        if not self._direct and not self._back:
            raise Away("The database cannot be used now.")
        asked = _apart(self._road.fresh_directory())
        if not (await asyncio.wait({asked}, timeout=FRESH_WITHIN))[0]:
            raise Away("The database does not answer.")
        return asked.result()

    async def submit(self, facts: Sequence[Fact]) -> Sequence[Decision]:
        """See Road. While the database is away each decision is `SPOOLED`, and the facts are safe on the shelf."""
        if self._direct or await self._is_direct_soon():
            try:
                return await self._road.submit(facts)
            except Away as fault:
                # The commit may have happened and only its answer got lost. Then what is kept now is a repetition.
                self._lose_database(fault)
        return await self._keep(facts)

    async def open(self) -> None:
        """Takes up what an earlier node has left. A shelf that cannot be used is said and tried again later."""
        try:
            await self._shelf.open()
        except OSError as fault:
            if self.condition.bad(f"The spool cannot be used: {fault}"):
                log.error("spool_unusable", error=one_line(fault))
            return
        self._opened = True
        if self._shelf.count and self._direct:
            self._begin("An earlier node has left events.")

    async def run(self) -> None:
        """Drains what is spooled whenever the database is there, until it is closed."""
        while not self._closed:
            self._wake.clear()
            pause = await self._turn()
            if pause and not self._closed:
                await self._sleep(pause)

    def close(self) -> None:
        """Drains nothing more. What is on the shelf stays there for the next start."""
        self._closed = True
        self._wake.set()

    async def _turn(self) -> float:
        """One look at things; answers the seconds until the next."""
        try:
            if not self._opened:
                await self.open()
            if self._direct and not self._shelf.count:
                await self._watch()
                return LOOK_EVERY
            if self._direct:
                self._begin("An earlier node has left events.")
            return await self._drain_some()
        except Away:
            self._back = False
            self._settled.set()
            self.condition.bad("The database is away; events are kept in the spool.")
            return LOOK_EVERY
        except Exception as fault:
            unforeseen = self.condition.bad(one_line(fault)) and not isinstance(fault, Unavailable)
            self._say("spool_not_drained", error=one_line(fault), exc_info=fault if unforeseen else None)
            return AILING_FOR

    async def _drain_some(self) -> float:
        if self._is_empty():
            if self._road.stuck_for > STUCK_AFTER and not await self._answers():
                raise Away("The database does not answer.")
            if self._is_empty():  # something may have come while it was asked
                self._end()
            return LOOK_EVERY
        if not self._shelf.count:  # the first is still on its way to the disk
            return LOOK_EVERY
        if self._road.in_doubt and not await self._is_past_doubt():
            return LOOK_EVERY
        moved = await self._drain.step()
        if not self._back:
            self._back = True
            self._settled.clear()
        self.condition.good()
        return 0.0 if moved else LOOK_EVERY

    def _is_empty(self) -> bool:
        return not self._shelf.count and not self._putting

    async def _is_past_doubt(self) -> bool:
        """A batch that hung may be committed when the database wakes up; what is spooled came later and must follow it.
        Once the database has answered for so long, it has ended that transaction, one way or the other."""
        if not await self._answers():
            self._answering_since = None
            raise Away("The database does not answer.")
        if self._answering_since is None:
            self._answering_since = monotonic()
        return monotonic() - self._answering_since > STUCK_FOR_GOOD

    async def _watch(self) -> None:
        """A database that is frozen, or a network that swallows all, raises nothing: it is noticed by the waiting."""
        stuck = self._road.stuck_for
        if stuck > STUCK_FOR_GOOD or (stuck > STUCK_AFTER and not await self._answers()):
            self._lose_database(Away("The database does not answer."))
        elif self._opened:
            self.condition.good()

    async def _answers(self) -> bool:
        """Asks without waiting for the end of an asking that hangs: it cannot be broken off from here."""
        if self._asking is None or self._asking.done():
            self._asking = _apart(self._ask())
        done, _ = await asyncio.wait({self._asking}, timeout=ANSWERS_WITHIN)
        return bool(done) and self._asking.exception() is None

    def _lose_database(self, fault: Away) -> None:
        if self._direct:
            self._begin(str(fault))
            self._road.give_up(fault)
            self._wake.set()

    def _begin(self, why: str) -> None:
        self._direct = self._back = False
        self._settled.set()
        self._answering_since = None
        self._began = monotonic()
        self._drained_before = self._drain.handed_in
        self._told = self._say("spool_begun", why=why, events=self._shelf.count)

    def _end(self) -> None:
        self._direct, self._back = True, False
        self._settled.set()
        if self._told:
            events = self._drain.handed_in - self._drained_before
            log.info("spool_drained", events=events, seconds=round(monotonic() - self._began, 3))

    async def _is_direct_soon(self) -> bool:
        """While the spool is drained, waits a moment for the end of that."""
        if self._back:
            try:
                async with asyncio.timeout(HELD_AT_MOST):
                    await self._settled.wait()
            except TimeoutError:
                pass
        return self._direct

    async def _keep(self, facts: Sequence[Fact]) -> Sequence[Decision]:
        self._putting += 1
        try:
            await self._shelf.put([encode(fact) for fact in _kept(facts, self._road.now_at_most())])
        except SpoolFull as fault:
            self._say("spool_full", error=str(fault), events=self._shelf.count, bytes=self._shelf.size)
            raise Unavailable("The database cannot be used now, and this node can keep no more.") from fault
        finally:
            self._putting -= 1
            if self._back:
                self._wake.set()
        self._metrics.spooled(len(facts))
        return (SPOOLED,) * len(facts)

    def _say(self, event: str, **told: object) -> bool:
        """Writes a log line, unless one of this kind was written a moment ago; answers whether it did."""
        now = monotonic()
        if now - self._said.get(event, -SAID_EVERY) < SAID_EVERY:
            return False
        self._said[event] = now
        log.warning(event, **told)
        return True

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return


def _kept(facts: Sequence[Fact], at: datetime) -> list[Fact]:
    """The facts as they are kept: where the order of what two nodes were told matters, with the time."""
    timed = (AlertTriggered, AlertResolved)
    return [replace(fact, kept_at=at) if isinstance(fact, timed) else fact for fact in facts]


def _apart(work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
    """A task that whoever waits for it may leave: a statement that hangs cannot be broken off from here."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    return task
