"""One world: nodes, a database, providers, people, monitors and chaos, run from its seed to rest."""

import asyncio
from collections.abc import Sequence
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sim.called import Called
from sim.chance import Chance
from sim.chaos import AIMED, Chaos
from sim.diary import Diary
from sim.evidence import Accepted, Violation
from sim.loop import OWNER, VirtualLoop
from sim.monitors import Monitor
from sim.node import Ground, SimNode
from sim.people import Crowd
from sim.polls import Polls
from sim.profile import DAY, Profile
from sim.providers import Mood, Provider
from sim.rotas import changed
from sim.shelf import MemoryShelf
from sim.store.tables import Line, Notice, Page, Tables
from sim.town import CHANNELS, edited, healed, make_town
from sim.watch import Watch
from watchbill import wiring
from watchbill.channels.contract import Message
from watchbill.engine.case import Incident
from watchbill.engine.directory import Directory
from watchbill.engine.facts import Fact
from watchbill.engine.reasons import Reason
from watchbill.paging.claimed import ClaimedMessage
from watchbill.runtime import clock
from watchbill.runtime.road import Unavailable

# Mondays. In each of these weeks clocks are set somewhere: Berlin forward and back, Lord Howe and New York back.
BEGINNINGS = tuple(datetime(2026, *day, tzinfo=UTC) for day in ((3, 23), (10, 19), (3, 30), (10, 26)))
PATIENCE = 15.0  # seconds that a client waits for an answer
LOOK_EVERY = 900.0
QUIET = 0.5 * DAY  # at the end nothing breaks and nothing new goes wrong
TRIES_OF_A_PERSON = 5
MOST_VIOLATIONS = 20


class Handed(Struct):
    """One message that a provider was handed; see evidence.Told."""

    at: datetime
    channel: str
    method: int
    page: int
    attempt: int
    arrived: bool
    pages: tuple[int, ...]
    order: float
    outcome: str = ""


class _Tables(Tables):
    """Tables that are watched."""

    watch: Watch | None = None
    called: Called | None = None

    def begin(self) -> None:
        super().begin()
        if self.called is not None:
            self.called.begins()

    def take_back(self) -> None:
        super().take_back()
        if self.called is not None:
            self.called.taken_back()

    def put_incident(self, incident: Incident, ladder: str) -> None:
        before = self.incidents.get(incident.id)
        super().put_incident(incident, ladder)
        if self.watch is not None and self.called is not None:
            self.watch.saved(before, incident)
            self.called.saved(before, incident)

    def put_page(self, page: Page) -> None:
        super().put_page(page)
        if self.called is not None:
            self.called.paged(page)

    def put_notice(self, notice: Notice) -> None:
        super().put_notice(notice)
        if self.called is not None:
            self.called.noticed(notice)

    def put_line(self, line: Line) -> None:
        super().put_line(line)
        if self.watch is not None and self.called is not None:
            self.watch.journaled(line)
            self.called.journaled(line)


class World:
    """`seed` and `profile` say all of it. `teams`, `nodes`: how many, drawn from the seed where None."""

    def __init__(
        self,
        seed: int,
        profile: Profile,
        *,
        teams: int | None = None,
        nodes: int | None = None,
        diary: Diary | None = None,
    ) -> None:
        self.seed = seed
        self.profile = profile
        self.diary = diary or Diary(kept=False)
        self.loop = VirtualLoop()  # type: ignore[abstract]  # it lacks what touches files and sockets
        self.violations: list[Violation] = []
        self.accepted: list[Accepted] = []
        self.handed: list[Handed] = []
        self.spooled = 0
        self._offset = timedelta()
        self._begins = self.chance("calendar").one_of(BEGINNINGS)
        chance = self.chance("town")
        self.tables = _Tables(self.now, make_town(chance, teams or chance.within(2, 6), now=self._begins))
        self.watch = self.tables.watch = Watch(self.tables, self._broken)
        self.called = self.tables.called = Called(self.tables, self._broken)
        providers = {name: self._provider(name) for name in CHANNELS}
        self.ground = Ground(self.loop, self.tables, replace(wiring.ROAD, directory=self._directory), providers)
        self.ground.leased = self.watch.leased
        self.nodes: list[SimNode] = []
        self.polls = Polls(self.loop, self.tables, self.nodes, self.chance("polls"))
        self.ground.committed = self.polls.after_commit
        self.shelves = [MemoryShelf() for _ in range(nodes or chance.within(1, 5))]
        self.crowd = Crowd(self.chance("people"), self.tables, self._say)
        self._births = 0
        self._network = self.chance("network")
        self._tasks: set[asyncio.Task[Any]] = set()

    def chance(self, name: str) -> Chance:
        """A stream of chance of this world."""
        return Chance(self.seed, name)

    def now(self) -> datetime:
        """The database's clock."""
        return self._begins + timedelta(seconds=self.loop.time()) + self._offset

    def _wall(self) -> datetime:
        """The clock of whichever node asks."""
        life = OWNER.get()
        return self._begins + timedelta(seconds=self.loop.time() + (life.skew if life is not None else 0.0))

    def note(self, who: str, what: str, incident: int = 0) -> None:
        """A line of the diary."""
        self.diary.note(self.loop.time(), who, what, incident)

    def step_clock(self, by: timedelta) -> None:
        """The database's clock steps."""
        self._offset += by
        self.polls.after_commit()
        for node in self.nodes:
            node.wakeups.hint(self.now(), self.now())

    def start_node(self, number: int) -> None:
        """Starts a node, in the place of the one with this number."""
        self._births += 1
        node = SimNode(number, self.ground, self.shelves[number - 1], self.chance(f"node {number} {self._births}"))
        if number <= len(self.nodes):
            self.nodes[number - 1] = node
        else:
            self.nodes.append(node)
        self.note(node.name, "starts")
        node.start()
        self.polls.after_commit()

    def run(self, days: float) -> None:
        """From the beginning to the end, and on until all is at rest."""
        end = days * DAY
        loud = max(end - QUIET, end / 2)
        clock.use(self.loop.time, self._wall)
        self.chaos = Chaos(self, self.chance("chaos"), self.profile, until=loud)
        self.loop.call_soon(self._begin, loud, context=Context())
        self.loop.run_until(loud)
        self.loop.call_soon(self._heal, context=Context())
        self.loop.run_until(end)
        self.crowd.awake = False
        for _ in range(80):
            if not any(pages for of_channel in self.tables.live.values() for pages in of_channel.values()):
                break
            self.loop.run_until(self.loop.time() + 60)
        self.called.begins()
        clock.use(None, None)

    def close(self) -> None:
        """Forgets everything that is under way."""
        self.loop.close()
        self._tasks.clear()
        self.nodes.clear()

    # Within

    def _begin(self, loud: float) -> None:
        for number in range(1, len(self.shelves) + 1):
            self.start_node(number)
        for service in self.tables.directory.services:
            monitor = Monitor(service, self.chance(f"service {service}"), self.profile, self._post, until=loud)
            self._keep(monitor.run())
        self._keep(self.chaos.run())
        self._keep(self._edit(self.chance("edits"), loud))
        self._keep(self._change_duty(self.chance("duty"), loud))
        self._keep(self._look())

    def _heal(self) -> None:
        """Whatever is broken ends by itself before long; what is configured is made whole here."""
        self.note("chaos", "nothing more breaks")
        for provider in self.ground.providers.values():
            provider.mood = Mood.WELL
        self.tables.directory = healed(self.tables.directory)

    async def _edit(self, chance: Chance, until: float) -> None:
        while True:
            await asyncio.sleep(chance.pause(DAY / self.profile.edits_a_day))
            if self.loop.time() > until:
                return
            self.tables.directory, words = edited(self.tables.directory, chance, now=self.now())
            self.note("configuration", words)

    async def _change_duty(self, chance: Chance, until: float) -> None:
        """Schedules are edited, and overrides and cover made and taken back, mostly just when somebody is to be paged."""
        while True:
            await asyncio.sleep(chance.pause(DAY / self.profile.duty_changes_a_day))
            if chance.happens(AIMED):
                await self.chaos.moment()
                await asyncio.sleep(chance.skewed(0.001, 400))
            if self.loop.time() > until:
                return
            before = self.tables.directory
            self.tables.directory, words = changed(before, chance, now=self.now())
            self.called.edited(before, self.tables.directory, self.now())
            self.note("configuration", words)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self.watch.look()

    async def _directory(self, link: Any, version: int) -> Directory:
        return self.tables.directory

    def _provider(self, name: str) -> Provider:
        return Provider(
            name,
            self.chance(f"provider {name}"),
            told=self._told,
            reached=self._reached,
            asked=self.watch.asked_to_wait,
        )

    def _told(self, channel: str, message: Message, claimed: ClaimedMessage, arrives: bool) -> Handed:
        lead = claimed.pages[0]
        pages = tuple(page.id for page in claimed.pages)
        handed = Handed(self.now(), channel, lead.method, lead.id, lead.attempt, arrives, pages, claimed.since)
        self.handed.append(handed)
        self.chaos.something_happened()
        self.watch.handed(channel, lead.method)
        self.watch.worded(message, claimed)
        if self.diary.kept:
            others = f" with {len(pages) - 1} more" if len(pages) > 1 else ""
            fate = "arrives" if arrives else "does not arrive"
            self.note(
                channel, f"page {lead.id}{others}, attempt {lead.attempt}, to {message.person}: {fate}", lead.incident
            )
        return handed

    def _reached(self, channel: str, message: Message, claimed: ClaimedMessage) -> None:
        incidents = list(dict.fromkeys(page.incident for page in claimed.pages))
        self._keep(self.crowd.hear(claimed.pages[0].person, incidents, channel))

    async def _post(self, who: str, facts: Sequence[Fact]) -> None:
        """Sends until somebody says yes."""
        network = self._network
        self.chaos.something_happened()
        while True:
            if network.happens(self.profile.lossy):
                await asyncio.sleep(network.skewed(1, 30))  # it got lost on its way
                continue
            if network.happens(self.profile.lossy) and self.nodes:
                self._keep(self._ask(network.one_of(self.nodes), who, facts, front=True))  # and comes twice
            node = network.one_of(self.nodes)
            if await self._ask(node, who, facts, front=True) and not network.happens(self.profile.lossy):
                return
            await asyncio.sleep(network.skewed(1, 30))

    async def _say(self, who: str, facts: Sequence[Fact]) -> bool:
        """What a person does; after a few tries they give up."""
        for _ in range(TRIES_OF_A_PERSON):
            if await self._ask(self._network.one_of(self.nodes), who, facts, front=False):
                return True
            await asyncio.sleep(self._network.skewed(1, 60))
        return False

    async def _ask(self, node: SimNode, who: str, facts: Sequence[Fact], *, front: bool) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                decisions = await (node.take(facts) if front else node.answer(facts))
        except (Unavailable, TimeoutError, ConnectionRefusedError) as fault:
            if self.diary.kept:
                self.note(who, f"{type(facts[0]).__name__} to {node.name}: {str(fault) or 'no answer'}")
            return False
        now = self.now()
        for fact, decision in zip(facts, decisions, strict=True):
            if decision.reason is not Reason.UNKNOWN_INCIDENT:
                self.accepted.append(Accepted(now, fact, decision.reason is Reason.SPOOLED))
            self.spooled += decision.reason is Reason.SPOOLED
            if self.diary.kept:
                key = getattr(fact, "dedup_key", "")
                self.note(who, f"{type(fact).__name__} {key} to {node.name}: {decision.reason}", decision.incident)
        return True

    def _keep(self, work: Any) -> None:
        """Begins something of the world's own: it goes on when the node that caused it dies."""
        task = self.loop.create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _broken(self, violation: Violation) -> None:
        if len(self.violations) < MOST_VIOLATIONS:
            self.violations.append(violation)
            self.note("checker", f"{violation.check}: {violation.sentence}", violation.incident)
