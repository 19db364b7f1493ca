"""The polls of the nodes, without those that would find nothing: a lane asks once a second, and here only when there is
something to find. A poll that finds nothing changes nothing, so the world is the same, and a week is short."""

from contextvars import Context

from sim.chance import Chance
from sim.loop import VirtualLoop
from sim.node import SimNode
from sim.store.tables import Tables
from sim.town import CHANNELS

EVERY = 1.0  # seconds between two polls of one node


class Polls:
    """`after_commit`: something may have changed. Each node looks within a second of what is due."""

    def __init__(self, loop: VirtualLoop, tables: Tables, nodes: list[SimNode], chance: Chance) -> None:
        self._loop = loop
        self._tables = tables
        self._nodes = nodes
        self._chance = chance
        self._planned: dict[str, float] = {}
        self._polled: dict[str, float] = {}

    def after_commit(self) -> None:
        """Plans the next look at each channel, and at what falls due."""
        now = self._tables.now()
        for channel in CHANNELS:
            due = self._tables.next_due(channel)
            if due is not None:
                self._plan(channel, max(0.0, (due - now).total_seconds()))
        wakeup = self._tables.next_wakeup()
        if wakeup is not None:
            self._plan("", max(0.0, (wakeup - now).total_seconds()))

    def _plan(self, what: str, seconds: float) -> None:
        at = max(self._loop.time() + seconds, self._polled.get(what, -EVERY) + EVERY)
        if self._planned.get(what, float("inf")) <= at:
            return
        self._planned[what] = at
        self._loop.call_at(at, self._poll, what, at, context=Context())

    def _poll(self, what: str, planned: float) -> None:
        """Each node's turn comes within the second that follows."""
        if self._planned.get(what) != planned:
            return  # an earlier one has taken its place
        del self._planned[what]
        self._polled[what] = planned
        for number in range(len(self._nodes)):
            self._loop.call_later(EVERY * self._chance.random(), self._look, what, number, context=Context())
        self._loop.call_later(EVERY, self.after_commit, context=Context())

    def _look(self, what: str, number: int) -> None:
        node = self._nodes[number]
        if not node.works:  # its next turn comes when it is well again
            return
        now = self._tables.now()
        due = self._tables.next_due(what) if what else self._tables.next_wakeup()
        if due is None or due > now:
            return
        if what:
            node.lanes[what].hint()
        else:
            node.wakeups.hint(now, now)
