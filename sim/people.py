"""People who are paged: they acknowledge soon, late, twice or never, and do all else that one can do with an incident."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sim.chance import Chance
from sim.store.tables import Tables
from watchbill.engine import facts
from watchbill.engine.facts import Fact

Say = Callable[[str, Sequence[Fact]], Awaitable[bool]]
"""Hands facts to some node, as who; answers whether a node said yes."""


class Crowd:
    """`awake`: while it is False nobody answers anything."""

    def __init__(self, chance: Chance, tables: Tables, say: Say) -> None:
        self._chance = chance
        self._tables = tables
        self._say = say
        self.awake = True

    async def hear(self, person: int, incidents: Sequence[int], channel: str) -> None:
        """A message has reached this person."""
        chance = self._chance
        if chance.happens(0.25):
            return  # asleep
        await asyncio.sleep(chance.skewed(5, 1200) if chance.happens(0.8) else chance.skewed(1200, 20_000))
        if not self.awake:
            return
        answer = chance.one_of(("acknowledge", "acknowledge", "acknowledge", "twice", "snooze", "resolve", "escalate"))
        for incident in incidents if chance.happens(0.5) else incidents[:1]:
            await self._answers(person, incident, channel, answer)

    async def _answers(self, person: int, incident: int, channel: str, answer: str) -> None:
        who = f"person {person}"
        does = partial(_about, incident, person, channel)
        if answer == "snooze":
            until = self._tables.now() + timedelta(seconds=self._chance.skewed(60, 14_400))
            await self._say(who, [does(facts.Snoozed, until=until)])
        elif answer == "resolve":
            await self._say(who, [does(facts.Resolved)])
        elif answer == "escalate":
            await self._say(who, [does(facts.EscalatedNow)])
        else:
            await self._say(who, [does(facts.Acknowledged)])
            if answer == "twice":
                await self._say(who, [does(facts.Acknowledged)])
            await self._goes_on(who, does)

    async def _goes_on(self, who: str, does: Callable[..., Fact]) -> None:
        """What follows once somebody has it."""
        chance = self._chance
        await asyncio.sleep(chance.skewed(60, 10_000))
        if not self.awake:
            return
        draw = chance.random()
        if draw < 0.5:
            await self._say(who, [does(facts.Resolved)])
            if draw < 0.05:
                await self._say(who, [does(facts.Reopened)])
        elif draw < 0.6:
            await self._say(who, [does(facts.Unacknowledged)])
        elif draw < 0.7:
            others = tuple(sorted({chance.one_of(list(self._tables.directory.people)) for _ in range(2)}))
            await self._say(who, [does(facts.Reassigned, people=others)])
        elif draw < 0.75:
            policy = chance.one_of(list(self._tables.directory.policies))
            await self._say(who, [does(facts.Reassigned, policy=policy)])


def _about(incident: int, person: int, channel: str, kind: Callable[..., Fact], **rest: Any) -> Fact:
    return kind(service=0, incident=incident, by=person, via=channel, **rest)
