"""Writes the notices that the rules ask for: an incident that those who shadow the people on duty are told of."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from psycopg import AsyncConnection

from watchbill.runtime.changes import Changes
from watchbill.runtime.database import as_json

# A ladder that comes round again tells nobody twice.
TELL_SHADOWS = """
INSERT INTO notice (person_id, kind, key, subject, body, incident_id, created_at, state, due_at, attempts, detail)
SELECT person, 'shadow', 'shadow ' || incident || ' ' || person, subject, body, incident, at, 'due', least(at, app_now()),
    0, ''
FROM json_to_recordset(%s::json)
AS r (person bigint, incident bigint, subject text, body text, at timestamptz)
ON CONFLICT (key) DO NOTHING
"""


class NewNotice(Struct, frozen=True, gc=False):
    """A notice as it is first written: due at once."""

    person: int
    incident: int
    subject: str
    body: str
    at: datetime


async def write(link: AsyncConnection[Any], changes: Changes) -> None:
    """Puts the notices of a batch where they are sent from."""
    if not changes.shadowed:
        return
    notices = {
        (one.incident.id, one.told.person): NewNotice(
            person=one.told.person,
            incident=one.incident.id,
            subject=f"You shadow incident #{one.incident.id}: {one.incident.title}",
            body="You are told since you shadow those on duty. They are paged; nobody expects you to answer.",
            at=changes.now,
        )
        for one in changes.shadowed
    }
    await link.execute(TELL_SHADOWS, [as_json(list(notices.values()))])
