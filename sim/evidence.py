"""What a run leaves behind, in one shape wherever it ran: the simulator's memory, or a real PostgreSQL (tests/crash/).

The checkers judge this and nothing else, so that no rule of the product takes part in judging itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from watchbill.engine.facts import Fact

Row = Mapping[str, Any]
"""One row by the names of its columns, as in the database."""


class Accepted(Struct, frozen=True):
    """A fact whose sender was told yes. `at`: by the database's clock. `spooled`: told so from a node's disk."""

    at: datetime
    fact: Fact
    spooled: bool = False


class Told(Struct, frozen=True):
    """One message that was handed to a provider. `page`: the page that led it. `pages`: all that it stood for, as far as
    known. `attempt`: as the message said. `outcome`: what the node heard ("accepted", "delivered", "unknown", "failed",
    or "" where the node died before it heard). `arrived`: whether it truly reached its person. `order`: when it was claimed,
    where messages are not in that order by themselves."""

    at: datetime
    channel: str
    method: int
    page: int
    attempt: int
    outcome: str
    arrived: bool = True
    pages: tuple[int, ...] = ()
    order: float = 0.0


class Evidence(Struct, kw_only=True):
    """`incidents`, `alerts`, `pages`, `journal`: the rows of the tables at the end. `deaths`: how many nodes died or
    stood still past a lease; only then may a page be told again without an unknown outcome. `at_rest`: whether the run
    was given the time to come to rest, without faults."""

    accepted: Sequence[Accepted] = ()
    told: Sequence[Told] = ()
    incidents: Sequence[Row] = ()
    alerts: Sequence[Row] = ()
    pages: Sequence[Row] = ()
    journal: Sequence[Row] = ()
    now: datetime
    deaths: int = 0
    at_rest: bool = True
    more: dict[str, Any] = field(default_factory=dict)


class Violation(Struct, frozen=True):
    """A promise that was broken. `check`: name of the checker. `sentence`: what is wrong, for a person. `incident`,
    `page`: ids where it is about one, else 0."""

    check: str
    sentence: str
    incident: int = 0
    page: int = 0
