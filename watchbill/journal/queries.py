"""Reads of the journal: the timeline of an incident."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from psycopg import AsyncConnection

from watchbill.engine.reasons import Reason

# The newest lines, in the order in which they happened; the index journal_of_incident serves them.
TIMELINE = """
SELECT * FROM (
    SELECT id, at, kind, what, reason, by_id, via, data::text FROM journal WHERE incident_id = %(incident)s
    ORDER BY id DESC LIMIT %(limit)s
) newest ORDER BY id
"""


class Entry(Struct, frozen=True):
    """One line. `kind`: fact or page. `what`: the fact's name, or the page's new state. `sentence`: the reason in words.
    `by`: person id or 0. `data`: what else was kept of it; see journal.apply."""

    id: int
    at: datetime
    kind: str
    what: str
    reason: str
    sentence: str
    by: int
    via: str
    data: dict[str, Any]


async def timeline(link: AsyncConnection[Any], incident: int, *, limit: int = 500) -> list[Entry]:
    """What happened to an incident, oldest first; of a long story the newest part."""
    rows = await (await link.execute(TIMELINE, {"incident": incident, "limit": limit})).fetchall()
    return [
        Entry(id_, at, kind, what, reason, sentence_of(reason), by, via, msgspec.json.decode(data))
        for id_, at, kind, what, reason, by, via, data in rows
    ]


def sentence_of(reason: str) -> str:
    """The sentence of a stored reason; one that a newer Watchbill wrote is shown by its name."""
    try:
        return Reason(reason).sentence
    except ValueError:
        return reason.replace("_", " ")
