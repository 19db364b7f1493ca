"""How a change takes its turn, tells the journal, and lets the nodes know. Call these inside the change's transaction."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Raw
from psycopg import AsyncConnection

from watchbill.incidents.actions import Actor
from watchbill.journal.apply import Line, append
from watchbill.oncall import ground
from watchbill.oncall.ground import Ground

# A file that is applied and a change of duty take turns. Any number will do that nothing else locks.
TURN = 7_120_402
TAKE_TURN = f"SELECT pg_advisory_xact_lock({TURN})"
HOLD_VERSION = "SELECT version FROM configuration WHERE id = 1 FOR UPDATE"
NEXT_VERSION = "UPDATE configuration SET version = version + 1 WHERE id = 1"


async def take_turn(link: AsyncConnection[Any]) -> Ground:
    """Nobody else changes anything that is configured until the transaction ends; how it is now. Raises what the database
    says when others take too long."""
    await link.execute(TAKE_TURN)
    await link.execute(HOLD_VERSION)
    return await ground.read(link)


async def changed(link: AsyncConnection[Any]) -> None:
    """Running nodes reload before their next batch."""
    await link.execute(NEXT_VERSION)


async def record(link: AsyncConnection[Any], what: str, actor: Actor, now: datetime, **data: Any) -> None:
    """A line in the journal. `what`: "override added". `data`: what else is kept of it."""
    told = Raw(msgspec.json.encode(data))
    await append(link, [Line(now, None, None, "oncall", what, by=actor.by, via=actor.via, data=told)])
