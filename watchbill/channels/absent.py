"""A channel that this node cannot serve: its pages fail at once with the reason, so that the next rule or step pages."""

from collections.abc import Mapping
from typing import Any

from watchbill.channels.contract import Channel, Message, Notice, Outcome, Receipt


class Absent:
    """Stands in for `channel`. `why`: what is missing and how to mend it."""

    def __init__(self, channel: Channel, why: str) -> None:
        self.name = channel.name
        self.capabilities = channel.capabilities
        self._channel = channel
        self._why = why

    def check(self, settings: Mapping[str, Any]) -> None:
        """As the channel itself would; settings may be checked where nothing is sent."""
        self._channel.check(settings)

    async def send(self, message: Message) -> Receipt:
        """Refuses."""
        return Receipt(Outcome.FAILED, self._why, permanent=True)

    async def tell(self, notice: Notice) -> Receipt:
        """Refuses."""
        return Receipt(Outcome.FAILED, self._why, permanent=True)

    async def close(self) -> None:
        """Nothing is open."""
