"""Pages of a channel that no node knows (an adapter was taken out, a newer version was taken back): they fail with that
reason, so that the person's other methods or the next step page instead. Without this they would be due for ever."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any

import structlog

from watchbill.channels.contract import Capabilities, Message, Notice, Outcome, Receipt
from watchbill.channels.sender import Sender
from watchbill.paging.claim import stray_channels
from watchbill.runtime.database import Database
from watchbill.runtime.road import Unavailable

EVERY = 15.0  # seconds
OVERDUE = 60.0  # seconds for which a node that knows the channel has had its chance
MOST = 100

log = structlog.get_logger()


class Unknown:
    """Stands in for a channel of which only the name is known."""

    capabilities = Capabilities(supports_acknowledge=False, per_minute=None, retry_for=0, fields=())

    def __init__(self, name: str) -> None:
        self.name = name

    def check(self, settings: Mapping[str, Any]) -> None:
        """Nobody knows what they should be."""

    async def send(self, message: Message) -> Receipt:
        """Refuses."""
        return self._refusal()

    async def tell(self, notice: Notice) -> Receipt:
        """Refuses."""
        return self._refusal()

    async def close(self) -> None:
        """Nothing is open."""

    def _refusal(self) -> Receipt:
        return Receipt(Outcome.FAILED, f"No node of this installation knows the channel {self.name}.", permanent=True)


class Strays:
    """Looks for such pages until it is closed. `known`: the channels of this node. `sender`: makes one for a channel."""

    def __init__(self, database: Database, known: Collection[str], sender: Callable[[Unknown], Sender]) -> None:
        self._database = database
        self._known = frozenset(known)
        self._sender = sender
        self._closed = asyncio.Event()

    async def run(self) -> None:
        """Looks every few seconds."""
        while not self._closed.is_set():
            try:
                await self.once()
            except Unavailable as fault:
                log.warning("strays_waiting", error=str(fault))
            except Exception:
                log.exception("strays_failed")
            await self._pause()

    async def once(self) -> None:
        """Gives up what is overdue on channels that this node does not know."""
        async with self._database.link() as link:
            names = await stray_channels(link, known=self._known, overdue=OVERDUE)
        for name in names:
            log.error("channel_unknown", channel=name)
            sender = self._sender(Unknown(name))
            after, found = 0, True
            while found and not self._closed.is_set():
                claimed = await sender.claim(after=after, most=MOST)
                after, found = claimed.after, claimed.found
                for message in claimed.messages:
                    await sender.send(message)

    def close(self) -> None:
        """Takes up nothing more."""
        self._closed.set()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(EVERY):
                await self._closed.wait()
        except TimeoutError:
            return
