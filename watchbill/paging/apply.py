"""Writes the pages that the rules ask for into the outbox."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from psycopg import AsyncConnection

from watchbill.engine.reasons import Reason
from watchbill.engine.words import Urgency
from watchbill.runtime.changes import Changes
from watchbill.runtime.database import as_json

# Due at once by the database's clock also where that was set back, and the batch is decided at the later time.
ADD_PAGES = """
INSERT INTO page (incident_id, person_id, method_id, channel, level, urgency, reason, state, created_at, due_at, late,
    fence, attempts, outcome, detail)
SELECT incident, person, method, channel, level, urgency, reason, 'due', at, least(at, app_now()), late, 0, 0, '', ''
FROM json_to_recordset(%s::json)
AS r (incident bigint, person bigint, method bigint, channel text, level smallint, urgency text, reason text,
      at timestamptz, late int)
"""


class NewPage(Struct, frozen=True, gc=False):
    """One page as it is first written: due at once."""

    incident: int
    person: int
    method: int
    channel: str
    level: int
    urgency: Urgency
    reason: Reason
    at: datetime
    late: int


async def write(link: AsyncConnection[Any], changes: Changes) -> None:
    """Puts the pages of a batch into the outbox."""
    if not changes.pages:
        return
    pages = [
        NewPage(
            incident=paged.incident.id,
            person=paged.page.person,
            method=paged.page.method,
            channel=paged.channel,
            level=paged.page.level,
            urgency=paged.incident.urgency,
            reason=paged.page.reason,
            at=changes.now,
            late=paged.page.late,
        )
        for paged in changes.pages
    ]
    await link.execute(ADD_PAGES, [as_json(pages)])
