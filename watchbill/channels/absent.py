"""A channel that this node cannot serve: its pages fail at once with the reason, so that the next rule or step pages."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from watchbill.channels.contract import Capabilities, Message, Outcome, Receipt


class Kind(Protocol):
    """An adapter's class: what it is called and can do."""

    name: str
    capabilities: Capabilities
    check: Callable[..., None]


class Absent:
    """Stands in for `kind`. `why`: what is missing and how to mend it."""

    def __init__(self, kind: Kind, why: str) -> None:
        self.name = kind.name
        self.capabilities = kind.capabilities
        self._kind = kind
        self._why = why

    def check(self, settings: Mapping[str, Any]) -> None:
        """As the channel itself would; settings may be checked where nothing is sent."""
        self._kind.check(self, settings)

    async def send(self, message: Message) -> Receipt:
        """Refuses."""
        return Receipt(Outcome.FAILED, self._why, permanent=True)

    async def close(self) -> None:
        """Nothing is open."""
