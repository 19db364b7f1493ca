"""One node of a made-up world: the real gatherer, submitter, spool, wakeups, receipts, lanes and senders, on a database in
memory. It can be killed, frozen, thawed, cut off, and started anew."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from typing import Any, cast

from sim.chance import Chance
from sim.loop import OWNER, Life, VirtualLoop
from sim.providers import CLAIMED, Provider, SimChannel
from sim.shelf import MemoryShelf
from sim.store.database import Database, Fate, LostAnswer
from sim.store.tables import Tables
from watchbill.channels.contract import Links
from watchbill.channels.receipts import Receipts
from watchbill.channels.sender import Sender
from watchbill.engine.facts import Fact
from watchbill.paging.claim import LEASE_PAGES
from watchbill.paging.claimed import ClaimedMessage
from watchbill.runtime.database import Database as RealDatabase
from watchbill.runtime.drain import Drain
from watchbill.runtime.gather import Gatherer
from watchbill.runtime.metrics import Metrics
from watchbill.runtime.outbox import Lane
from watchbill.runtime.road import Away, Contended, Decision
from watchbill.runtime.seal import Seal
from watchbill.runtime.spool import SpoolingRoad
from watchbill.runtime.submit import LOCK_SERVICES, Committed, Submitter, Wiring
from watchbill.runtime.wakeups import Wakeups

NO_LINKS = Links("", "", "", "", "")
SEAL = Seal(("a secret key of the simulator, long enough",))
METRICS = Metrics()
NEVER = 30 * 24 * 3600.0  # seconds; who would poll is woken by the world when there is something to find


class Ground:
    """What all nodes of a world stand on. `away`: the database cannot be reached. `held`: services whose lock somebody
    keeps. `loses_answers`: share of commits of which the node does not hear. `leased`: called with each claim."""

    def __init__(self, loop: VirtualLoop, tables: Tables, wiring: Wiring, providers: Mapping[str, Provider]) -> None:
        self.loop = loop
        self.tables = tables
        self.wiring = wiring
        self.providers = providers
        self.away = False
        self.held: set[int] = set()
        self.loses_answers = 0.0
        self.committed: Callable[[], None] = lambda: None
        self.leased: Callable[[Any], None] = lambda parameters: None


class _Fate(Fate):
    """What befalls the statements of one node."""

    def __init__(self, node: "SimNode", ground: Ground, chance: Chance) -> None:
        self._node = node
        self._ground = ground
        self._chance = chance

    async def begin(self) -> None:
        """Takes a moment, mostly none."""
        if self._is_away():
            await asyncio.sleep(self._chance.between(0.01, 2.0))
            raise Away("The database cannot be used now.")
        if self._chance.happens(0.3):
            await asyncio.sleep(self._chance.between(0.001, 0.05))
            if self._is_away():
                raise Away("The database cannot be used now.")

    def _is_away(self) -> bool:
        return self._ground.away or self._node.cut_off

    def statement(self, statement: str, parameters: Any) -> None:
        """Raises Contended where a service is held, and tells of claims."""
        if statement is LOCK_SERVICES and not self._ground.held.isdisjoint(parameters[0]):
            raise Contended("Somebody else holds it.", retry_after=2)
        if statement is LEASE_PAGES:
            self._ground.leased(parameters)

    def commit(self) -> bool:
        """At times the answer is lost, and at times the commit is."""
        if self._ground.loses_answers and self._chance.happens(self._ground.loses_answers):
            if self._chance.happens(0.5):
                raise LostAnswer
            return False
        return True


class _Sender(Sender):
    """Lets the provider know which claim a message comes from."""

    async def send(self, message: ClaimedMessage) -> bool:
        CLAIMED.set(message)
        return await super().send(message)


class _Spool(SpoolingRoad):
    """Looks only when there is something to look for."""

    async def run(self) -> None:
        while not self._closed:
            self._wake.clear()
            pause = await self._turn()
            if self._direct and not self._shelf.count and not self._road.stuck_for:
                await self._wake.wait()
            elif pause:
                await self._sleep(pause)


class SimNode:
    """`number`: its place, from 1; who is started in the place of a dead one has the same, and its shelf."""

    def __init__(self, number: int, ground: Ground, shelf: MemoryShelf, chance: Chance) -> None:
        self.number = number
        self.name = f"node {number}"
        self.life = Life(chance.between(-90_000, 90_000))
        self.cut_off = False
        self._ground = ground
        in_memory = Database(ground.tables, _Fate(self, ground, chance), ground.committed)
        self._database = cast(RealDatabase, in_memory)  # it has its methods, and none of its connections
        self.submitter = Submitter(self._database, ground.wiring)
        self.gatherer = Gatherer(self.submitter, self._done)
        drain = Drain(shelf, self.submitter.run, self._done)
        self.spool = _Spool(self.gatherer, shelf, drain, ask=self._database.ask, metrics=METRICS)
        self.wakeups = Wakeups(self._database, self.submitter, self._done, poll=NEVER)
        self.receipts = Receipts(self._database, self.gatherer)
        self.lanes: dict[str, Lane[ClaimedMessage]] = {
            name: Lane(name, self._sender(SimChannel(provider)), poll=NEVER)
            for name, provider in ground.providers.items()
        }
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def works(self) -> bool:
        """Whether it lives, runs, and reaches the database."""
        return not (self.life.dead or self.life.frozen or self.cut_off)

    def start(self) -> None:
        """Starts every part of it."""
        context = copy_context()
        context.run(OWNER.set, self.life)
        loop = self._ground.loop
        for work in (self.gatherer.run(), self.spool.run(), self.wakeups.run(), self.receipts.run()):
            self._tasks.append(loop.create_task(work, context=context.copy()))
        for lane in self.lanes.values():
            self._tasks.append(loop.create_task(lane.run(), context=context.copy()))

    def kill(self) -> None:
        """From now on it does nothing."""
        self.life.dead = True

    async def take(self, facts: Sequence[Fact]) -> Sequence[Decision]:
        """The front door."""
        if self.life.dead:
            raise ConnectionRefusedError(self.name)
        return await self.spool.submit(facts)

    async def answer(self, facts: Sequence[Fact]) -> Sequence[Decision]:
        """The answer page."""
        if self.life.dead:
            raise ConnectionRefusedError(self.name)
        return await self.gatherer.submit(facts)

    def _done(self, done: Committed) -> None:
        for channel in sorted(done.channels):
            self.lanes[channel].hint()
        self.wakeups.hint(done.next_due, done.now)

    def _sender(self, channel: SimChannel) -> Sender:
        return _Sender(
            channel,
            database=self._database,
            receipts=self.receipts,
            seal=SEAL,
            links=lambda incident, person, via: NO_LINKS,
            metrics=METRICS,
        )
