"""Writes what became of attempts, each only where its claim still holds the page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from psycopg import AsyncConnection

from watchbill.engine.delivery import PageState
from watchbill.engine.reasons import Reason
from watchbill.runtime.database import as_json

SETTLE = """
UPDATE page p SET state = r.state, fence = 0, due_at = r.due_at, outcome = r.reason, detail = r.detail,
    settled_at = CASE WHEN r.due_at IS NULL THEN app_now() END
FROM json_to_recordset(%s::json) AS r (page bigint, fence bigint, state text, due_at timestamptz, reason text, detail text)
WHERE p.id = r.page AND p.fence = r.fence
RETURNING p.id, r.fence
"""


class Settled(Struct, frozen=True, gc=False):
    """What became of one attempt to send one page. `fence`: that of the claim under which it was sent."""

    page: int
    fence: int
    incident: int
    person: int
    method: int
    channel: str
    attempt: int
    state: PageState
    due_at: datetime | None
    reason: Reason
    detail: str
    took_ms: float


async def settle(link: AsyncConnection[Any], settled: Sequence[Settled]) -> set[tuple[int, int]]:
    """Writes these outcomes; answers page and fence of those whose claim still held. The others belong to a later claim,
    perhaps to one of the same batch."""
    return set(await (await link.execute(SETTLE, [as_json(settled)])).fetchall())
