"""Appends to the journal, many lines at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Raw, Struct
from psycopg import AsyncConnection

from watchbill.engine.commands import SendPage
from watchbill.engine.facts import ChangeReported, Fact, OnIncident, TimePassed
from watchbill.engine.reasons import Reason
from watchbill.runtime.changes import Changes, Decided
from watchbill.runtime.database import as_json

NOTHING = Raw(b"{}")

APPEND = """
INSERT INTO journal (at, incident_id, service_id, kind, what, reason, by_id, via, data)
SELECT * FROM json_to_recordset(%s::json)
AS r (at timestamptz, incident bigint, service bigint, kind text, what text, reason text, by bigint, via text, data jsonb)
"""

_encode = msgspec.json.Encoder().encode


class Line(Struct, frozen=True, gc=False):
    """One entry as it is written; see `models.Entry`. `data`: one JSON object."""

    at: datetime
    incident: int | None
    service: int | None
    kind: str
    what: str
    reason: str = ""
    by: int = 0
    via: str = ""
    data: Raw = NOTHING


async def append(link: AsyncConnection[Any], lines: Sequence[Line]) -> None:
    """Writes these lines in their order."""
    if lines:
        await link.execute(APPEND, [as_json(lines)])


async def write(link: AsyncConnection[Any], changes: Changes) -> None:
    """Writes a line for every decision of a batch; repetitions of one alert within the batch share a line."""
    await append(link, _lines(changes))


def _lines(changes: Changes) -> list[Line]:
    lines: list[Line] = []
    repeated: dict[tuple[int, str], int] = {}
    for decided in changes.decided:
        if decided.reason is Reason.NOTHING_DUE and isinstance(decided.fact, TimePassed):
            continue  # another node was quicker; nobody wants to read of each that was not
        if decided.reason is Reason.ALERT_REPEATED:
            key = (decided.incident, decided.fact.dedup_key)  # type: ignore[attr-defined]  # only alerts repeat
            repeated[key] = repeated.get(key, 0) + 1
            if repeated[key] > 1:
                continue
        lines.append(_line(decided, changes.now))
    many = {key: count for key, count in repeated.items() if count > 1}
    return [_counted(line, many) for line in lines] if many else lines


def _line(decided: Decided, now: datetime) -> Line:
    fact = decided.fact
    by, via = (fact.by, fact.via) if isinstance(fact, OnIncident) else (0, "")
    return Line(
        now,
        decided.incident or None,
        decided.service,
        "fact",
        type(fact).__name__,
        decided.reason,
        by,
        via,
        Raw(_encode(_told(fact, decided.pages))),
    )


def _told(fact: Fact, pages: tuple[SendPage, ...]) -> dict[str, Any]:
    """What a line keeps of a fact: what its alert's row does not say, and whom the decision pages."""
    told: dict[str, Any] = {}
    for name in ("dedup_key", "integration", "notes", "people", "policy", "until", "person", "method", "kept_at"):
        if value := getattr(fact, name, None):
            told[name] = value
    if isinstance(fact, ChangeReported):
        told.update(summary=fact.summary, source=fact.source, changed_at=fact.changed_at, body=fact.body)
    if pages:
        told["pages"] = [
            {"person": page.person, "method": page.method, "level": page.level, "reason": page.reason} for page in pages
        ]
    return told


def _counted(line: Line, many: dict[tuple[int, str], int]) -> Line:
    data = msgspec.json.decode(line.data)
    count = many.get((line.incident or 0, data.get("dedup_key", "")))
    if line.reason != Reason.ALERT_REPEATED or count is None:
        return line
    return msgspec.structs.replace(line, data=Raw(_encode({**data, "times": count})))
