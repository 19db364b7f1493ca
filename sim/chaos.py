"""The fault plan of a world, drawn from its seed: episodes of something broken, each with an end."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from sim.chance import Chance
from sim.node import Ground, SimNode
from sim.polls import Polls
from sim.profile import DAY, Profile
from sim.providers import Mood
from sim.shelf import MemoryShelf
from sim.watch import Watch

MOODS = tuple(mood for mood in Mood if mood is not Mood.WELL)
AIMED = 0.75  # share of the episodes that begin just when something happens
DELAYING = frozenset({Mood.HANGS, Mood.SLOW})


class Scene(Protocol):
    """As much of a world as chaos needs."""

    ground: Ground
    nodes: list[SimNode]
    shelves: list[MemoryShelf]
    watch: Watch
    polls: Polls

    def start_node(self, number: int) -> None: ...
    def step_clock(self, by: timedelta) -> None: ...
    def note(self, who: str, what: str, incident: int = 0) -> None: ...


class Chaos:
    """`counts`: episodes by kind. `until`: seconds after which none begins; each ends by itself."""

    def __init__(self, scene: Scene, chance: Chance, profile: Profile, *, until: float) -> None:
        self._scene = scene
        self._chance = chance
        self._profile = profile
        self._until = until
        self.counts: Counter[str] = Counter()
        self.deaths = 0
        self.freezes = 0
        self._under_way: set[asyncio.Task[None]] = set()
        self._something = asyncio.Event()
        self._kinds: tuple[Callable[[], Awaitable[None]], ...] = (
            self._node_dies, self._node_dies, self._node_freezes, self._node_is_cut_off, self._database_is_away,
            self._answers_are_lost, self._service_is_held, self._provider_ails, self._provider_ails, self._clock_steps,
            self._spool_is_full,
        )  # fmt: skip
        # As FoundationDB does it: each world has some kinds only, so that rare ones are at times frequent.
        self._armed = [kind for kind in self._kinds if chance.happens(0.6)] or [self._node_dies]

    async def run(self) -> None:
        """Episode after episode; several may be under way at once."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._chance.pause(DAY / self._profile.faults_a_day))
            if self._chance.happens(AIMED):
                await self.moment()
                await asyncio.sleep(self._chance.skewed(0.01, 100))
            if loop.time() > self._until:
                return
            task = asyncio.ensure_future(self._chance.one_of(self._armed)())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def moment(self) -> None:
        """Waits until something happens."""
        self._something.clear()
        await self._something.wait()

    def something_happened(self) -> None:
        """An alert came, or a message goes out: a good moment to break something."""
        self._something.set()

    def _begins(self, kind: str, what: str) -> None:
        self.counts[kind] += 1
        self._scene.note("chaos", what)

    async def _node_dies(self) -> None:
        node = self._any_node()
        if node is None:
            return
        seconds = self._chance.skewed(0.5, 900)
        self._begins("node killed", f"{node.name} is killed, for {seconds:.0f} s")
        self.deaths += 1
        self._scene.watch.hiccup()
        self._without(node.kill)
        await asyncio.sleep(seconds)
        self._with(lambda: self._scene.start_node(node.number))

    async def _node_freezes(self) -> None:
        node = self._any_node()
        if node is None:
            return
        seconds = self._chance.skewed(2, 240)
        self._begins("node frozen", f"{node.name} stands still for {seconds:.0f} s")
        self.freezes += 1
        self._without(lambda: setattr(node.life, "frozen", True))
        await asyncio.sleep(seconds)
        if not node.life.dead:
            self._with(lambda: self._scene.ground.loop.thaw(node.life))

    async def _node_is_cut_off(self) -> None:
        node = self._any_node()
        if node is None:
            return
        seconds = self._chance.skewed(1, 120)
        self._begins("node cut off", f"{node.name} does not reach the database for {seconds:.0f} s")
        self._without(lambda: setattr(node, "cut_off", True))
        await asyncio.sleep(seconds)
        self._with(lambda: setattr(node, "cut_off", False))

    async def _database_is_away(self) -> None:
        if self._scene.ground.away:
            return
        seconds = self._chance.skewed(0.2, 90)
        self._begins("database away", f"the database is away for {seconds:.0f} s")
        with _Ailing(self._scene.watch):
            self._scene.ground.away = True
            await asyncio.sleep(seconds)
            self._scene.ground.away = False

    async def _answers_are_lost(self) -> None:
        self._begins("commits in doubt", "commits fail, or their answers are lost")
        with _Ailing(self._scene.watch):
            self._scene.ground.loses_answers = 0.3
            await asyncio.sleep(self._chance.skewed(5, 600))
            self._scene.ground.loses_answers = 0.0

    async def _service_is_held(self) -> None:
        service = self._chance.one_of(list(self._scene.ground.tables.directory.services))
        seconds = self._chance.skewed(1, 90)
        self._begins("lock held", f"somebody holds service {service} for {seconds:.0f} s")
        with _Ailing(self._scene.watch):
            self._scene.ground.held.add(service)
            await asyncio.sleep(seconds)
            self._scene.ground.held.discard(service)

    async def _provider_ails(self) -> None:
        provider = self._chance.one_of(list(self._scene.ground.providers.values()))
        if provider.mood is not Mood.WELL:
            return
        mood = self._chance.one_of(MOODS)
        seconds = self._chance.skewed(10, 60 if mood is Mood.REFUSES else 4000)
        self._begins(f"provider {mood}", f"{provider.name} {mood}, for {seconds:.0f} s")
        if mood in DELAYING:
            self._scene.watch.ails()
        provider.mood = mood
        await asyncio.sleep(seconds)
        provider.mood = Mood.WELL
        if mood in DELAYING:
            await asyncio.sleep(15)  # what hangs is waited for
            self._scene.watch.is_well()

    async def _clock_steps(self) -> None:
        back = self._chance.happens(0.5)
        seconds = -self._chance.skewed(1, 100) if back else self._chance.skewed(1, 3600)
        self._begins("clock stepped", f"the database's clock steps by {seconds:.0f} s")
        with _Ailing(self._scene.watch):
            self._scene.step_clock(timedelta(seconds=seconds))
            await asyncio.sleep(max(5.0, 5.0 - seconds if back else 5.0))

    async def _spool_is_full(self) -> None:
        shelf = self._chance.one_of(self._scene.shelves)
        self._begins("disk full", "the disk of a spool is full")
        shelf.full = True
        await asyncio.sleep(self._chance.skewed(60, 7200))
        shelf.full = False

    def _any_node(self) -> SimNode | None:
        there = [node for node in self._scene.nodes if node.works]
        return self._chance.one_of(there) if there else None

    def _without(self, do: Callable[[], None]) -> None:
        """A node goes; when it was the last that worked, that may delay everything."""
        do()
        if not any(node.works for node in self._scene.nodes):
            self._scene.watch.ails()

    def _with(self, do: Callable[[], None]) -> None:
        none = not any(node.works for node in self._scene.nodes)
        do()
        self._scene.polls.after_commit()
        if none and any(node.works for node in self._scene.nodes):
            self._scene.watch.is_well()


class _Ailing:
    """While it holds, what is due may be late."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def __enter__(self) -> None:
        self._watch.ails()

    def __exit__(self, *_: object) -> None:
        self._watch.is_well()
