"""Tells what people and monitors do with incidents while the demo stays up: somebody has one, one is over."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psycopg
from msgspec import Struct
from rich.text import Text

from watchbill.channels.wording import clock, one_line
from watchbill.engine.reasons import Reason
from watchbill.runtime.postgres import PostgresError, url_of

# By the primary key; lines that are committed out of order are found a little later than others.
NEWEST = "SELECT coalesce(max(id), 0) FROM journal"
TOLD = """
SELECT journal.id, at, incident_id, reason, coalesce(person.name, '') FROM journal LEFT JOIN person ON person.id = by_id
WHERE journal.id > %(after)s AND kind = 'fact' AND reason = ANY(%(reasons)s) AND incident_id IS NOT NULL
ORDER BY journal.id
"""
OVERLAP = 500
ZONE = "Europe/Madrid"  # Ana's; her pages stand between these lines, and tell the time as she reads it
# What stands in front, its colour, what somebody did, and what is said when nobody gave a name.
WORDS = {
    Reason.ACKNOWLEDGED: ("ACK", "black on yellow", "{} has it; paging stopped.", "Somebody has it; paging stopped."),
    Reason.UNACKNOWLEDGED: ("BACK", "reverse", "{} gave it back; paging begins again.", "Paging begins again."),
    Reason.RESOLVED: ("OVER", "black on green", "{} resolved it.", "Somebody resolved it."),
    Reason.LAST_ALERT_RESOLVED: ("OVER", "black on green", "", "Its last alert ended."),
    Reason.REOPENED: ("OPEN", "reverse", "{} opened it again.", "It was opened again."),
}


class Seen(Struct, frozen=True):
    """A line of the journal. `name`: of whoever did it, or empty."""

    id: int
    at: datetime
    incident: int
    reason: str
    name: str


class Watch:
    """Looks when it is asked to. A database that does not answer has nothing to tell; the house says so itself."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._told: set[int] = set()
        self._newest = 0
        with suppress(psycopg.Error, PostgresError), self._link() as link:
            row = link.execute(NEWEST).fetchone()
            self._newest = row[0] if row else 0
        self._after = self._newest

    def look(self) -> Iterator[Text]:
        """What happened since the last look, a line each."""
        with suppress(psycopg.Error, PostgresError), self._link() as link:
            found = look(link, max(self._after, self._newest - OVERLAP))
            for seen in found:
                if seen.id not in self._told:
                    self._told.add(seen.id)
                    self._newest = max(self._newest, seen.id)
                    yield line(seen)

    def _link(self) -> psycopg.Connection:
        return psycopg.connect(url_of(self._data_dir), autocommit=True, connect_timeout=2)


def look(link: psycopg.Connection, after: int) -> list[Seen]:
    """What people and monitors did, after this line of the journal."""
    rows = link.execute(TOLD, {"after": after, "reasons": [str(reason) for reason in WORDS]}).fetchall()
    return [Seen(*row) for row in rows]


def line(seen: Seen) -> Text:
    """`14:28:46 CET  ACK  [#1] Ana has it; paging stopped.`"""
    mark, style, by_somebody, by_nobody = WORDS[Reason(seen.reason)]
    said = by_somebody.format(one_line(seen.name, 60)) if seen.name and by_somebody else by_nobody
    at = clock(seen.at, ZONE)
    return Text.assemble((f"{at}  ", "dim"), (f" {mark} ", style), (f" [#{seen.incident}] ", "bold"), said)
