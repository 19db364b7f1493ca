"""Providers, and all the ways in which they fail: one for each channel, the same for every node."""

import asyncio
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from enum import StrEnum
from typing import Any

from sim.chance import Chance
from watchbill.channels.contract import Capabilities, Message, Notice, Outcome, Receipt
from watchbill.paging.claimed import ClaimedMessage


class Mood(StrEnum):
    """How a provider answers."""

    WELL = "well"
    ERRORS = "answers 500"  # at times it has taken the message all the same
    HANGS = "takes the message and never answers"
    SLOW = "is slow"
    BUSY = "answers 429"
    LIES = "says yes and delivers nothing"
    DOWN = "refuses connections"
    REFUSES = "refuses the address for good"


#: The claim that a message comes from; the channel itself is told only of the message.
CLAIMED: ContextVar[ClaimedMessage] = ContextVar("claimed")

LIMITS: Mapping[str, int | None] = {"push": 5, "mail": 5, "hook": None}
RETRY_FOR = 24 * 3600
HANGS_FOR = 10.0


class Provider:
    """`told`: called with each message that it is handed, before anything is answered. `reached`: with each that truly
    arrives. `asked`: with how many seconds it wants to be left alone."""

    def __init__(
        self,
        name: str,
        chance: Chance,
        *,
        told: Callable[[str, Message, ClaimedMessage, bool], Any],
        reached: Callable[[str, Message, ClaimedMessage], None],
        asked: Callable[[ClaimedMessage, float], None],
    ) -> None:
        self.name = name
        self.mood = Mood.WELL
        self._chance = chance
        self._told = told
        self._reached = reached
        self._asked = asked

    async def take(self, message: Message) -> Receipt:
        """Answers one message as its mood is."""
        claimed = CLAIMED.get()
        mood = self.mood
        arrives = self._arrives(mood)
        if mood is Mood.SLOW:
            await asyncio.sleep(self._chance.between(1.0, 9.0))
        else:
            await asyncio.sleep(self._chance.between(0.02, 0.4))
        note = self._told(self.name, message, claimed, arrives)
        if arrives:
            self._reached(self.name, message, claimed)
        receipt = self._answer(mood)
        if mood is Mood.HANGS:
            await asyncio.sleep(HANGS_FOR)
        elif self._chance.happens(0.3):
            await asyncio.sleep(self._chance.between(0.01, 0.5))  # the answer's way back
        note.outcome = str(receipt.outcome)
        if receipt.retry_after is not None:
            self._asked(claimed, receipt.retry_after)
        return receipt

    def _arrives(self, mood: Mood) -> bool:
        if mood is Mood.ERRORS:
            return self._chance.happens(0.5)
        return mood in (Mood.WELL, Mood.HANGS, Mood.SLOW)

    def _answer(self, mood: Mood) -> Receipt:
        if mood is Mood.ERRORS:
            return Receipt(Outcome.UNKNOWN, "500")
        if mood is Mood.HANGS:
            return Receipt(Outcome.UNKNOWN, "No answer within 10 s.")
        if mood is Mood.BUSY:
            return Receipt(Outcome.FAILED, "429", retry_after=float(self._chance.within(1, 120)))
        if mood is Mood.DOWN:
            return Receipt(Outcome.FAILED, "Connection refused.")
        if mood is Mood.REFUSES:
            return Receipt(Outcome.FAILED, "410", permanent=True)
        return Receipt(Outcome.DELIVERED if self._chance.happens(0.3) else Outcome.ACCEPTED)


class SimChannel:
    """A node's adapter for one provider."""

    def __init__(self, provider: Provider) -> None:
        self.name = provider.name
        self.capabilities = Capabilities(
            supports_acknowledge=True, per_minute=LIMITS[provider.name], retry_for=RETRY_FOR, fields=()
        )
        self._provider = provider

    def check(self, settings: Mapping[str, Any]) -> None:
        """Takes any settings."""

    async def send(self, message: Message) -> Receipt:
        """Hands it to the provider."""
        return await self._provider.take(message)

    async def tell(self, notice: Notice) -> Receipt:
        """Never asked for: notices are not in it."""
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing is open."""
