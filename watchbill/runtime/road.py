"""The one road as its users see it: hand in facts, get decisions back, committed."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from watchbill.engine.directory import Directory
from watchbill.engine.facts import Fact
from watchbill.engine.reasons import Reason


class Unavailable(Exception):
    """The database cannot be reached or is over its budget; nothing was taken. `retry_after`: seconds, >= 1."""

    def __init__(self, why: str, *, retry_after: int = 5) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class Away(Unavailable):
    """The database itself cannot be reached or used. Whether what was being committed is in it is not known."""


class Contended(Unavailable):
    """The database is there, but somebody holds what was needed, or it took too long; others may be served."""


class ServiceHeld(Contended):
    """It is the service's own lock that somebody holds: nothing of the service can be decided now."""


class Decision(Struct, frozen=True):
    """What became of one fact. `incident`: its number, or 0 where there is none (nothing open to resolve, a change)."""

    reason: Reason
    incident: int = 0


class Road(Protocol):
    """What the front door, the pages and the channels see of the runtime."""

    @property
    def directory(self) -> Directory:
        """The newest configuration that this node knows; at most about a second old."""
        ...

    async def fresh_directory(self) -> Directory:
        """The configuration as the database has it now; cheap when it has not changed. Raises Unavailable."""
        ...

    async def submit(self, facts: Sequence[Fact]) -> Sequence[Decision]:
        """Decides and commits all facts, in their order, and answers one decision a fact. Raises Unavailable, and then
        none of them was taken."""
        ...


_current: Road | None = None


def use(road: Road | None) -> None:
    """Makes `road` the one that this process's pages hand their facts to. The node does so once at its start."""
    global _current
    _current = road


def current() -> Road:
    """The road of this process. Raises Unavailable while there is none (before the start, after the stop)."""
    if _current is None:
        raise Unavailable("This node is not running yet.")
    return _current
