"""What a claim brings, and how it is read from the columns of `claim.DUE_PAGES`."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
import structlog
from msgspec import Struct

from watchbill.engine.case import Ladder, Paging
from watchbill.engine.claiming import DuePage
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Severity, Status, Urgency

log = structlog.get_logger()

_ladder = msgspec.json.Decoder(Ladder)
_Word = TypeVar("_Word", bound=StrEnum)


class ClaimedPage(Struct, frozen=True, gc=False):
    """One leased page, with what its message tells. `zone`: the person's. `source`, `links`: of the incident's first alert,
    the links as stored."""

    id: int
    incident: int
    person: int
    method: int
    urgency: Urgency
    created_at: datetime
    late: int
    attempt: int
    reason: Reason
    title: str
    severity: Severity
    status: Status
    opened_at: datetime
    service: str
    person_name: str
    settings: str
    zone: str = "UTC"
    source: str = ""
    links: str = ""


class ClaimedMessage(Struct, frozen=True):
    """Pages that are told as one message, the leading one first. `since`: when they were claimed, by this node's
    monotonic clock; `at`: the same by the database's."""

    pages: tuple[ClaimedPage, ...]
    fence: int
    at: datetime
    since: float


class Suppressed(Struct, frozen=True):
    """A page that was not sent, for the journal."""

    page: int
    incident: int
    person: int
    method: int
    why: Reason


class Gone(Struct, frozen=True):
    """A page that cannot be sent because its contact method is gone; leased until the rules have been told."""

    page: int
    fence: int
    incident: int
    person: int
    method: int
    attempts: int


class Claimed(Struct, frozen=True):
    """What one claim brought. `after`: where the next claim of the lane goes on, 0 for the beginning. `found`: whether
    asking again at once may bring more; never true for what this claim could do nothing about."""

    messages: tuple[ClaimedMessage, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    gone: tuple[Gone, ...] = ()
    after: int = 0
    found: bool = False
    now: datetime | None = None


def gone_of(row: Sequence[Any], fence: int) -> Gone:
    """A page whose method is gone, held under this fence until the rules know."""
    return Gone(row[0], fence, incident=row[1], person=row[2], method=row[3], attempts=row[7])


def due_of(row: Sequence[Any]) -> DuePage:
    """The page as the rules judge it."""
    return DuePage(
        id=row[0],
        incident=row[1],
        person=row[2],
        urgency=_word(Urgency, row[4], Urgency.HIGH),
        severity=_word(Severity, row[11], Severity.CRITICAL),
        created_at=row[5],
        status=_word(Status, row[12], Status.TRIGGERED),
        ladder=_ladder_of(row),
        reached=row[18],
        incident_gone=row[22] is None,
    )


def _word(words: type[_Word], text: str, otherwise: _Word) -> _Word:
    """A stored word. One that only a newer Watchbill knows must not keep its page from being sent, nor all others."""
    try:
        return words(text)
    except ValueError:
        return otherwise


def _ladder_of(row: Sequence[Any]) -> Ladder:
    """The incident's ladder. Where it cannot be read, one that still wakes this page's person: better once too often."""
    try:
        return _ladder.decode(row[14] or "")
    except msgspec.MsgspecError as fault:
        if row[22] is not None:
            log.error("ladder_unreadable", incident=row[1], page=row[0], error=str(fault))
        return Ladder(paging=(Paging(row[2], row[5]),))


def claimed_of(row: Sequence[Any]) -> ClaimedPage:
    """The page as its message tells it."""
    return ClaimedPage(
        id=row[0],
        incident=row[1],
        person=row[2],
        method=row[3],
        urgency=_word(Urgency, row[4], Urgency.HIGH),
        created_at=row[5],
        late=row[6],
        attempt=row[7] + 1,
        reason=_word(Reason, row[9], Reason.PAGE_REASON_NEWER),
        title=row[10],
        severity=_word(Severity, row[11], Severity.CRITICAL),
        status=_word(Status, row[12], Status.TRIGGERED),
        opened_at=row[13],
        service=row[15] or "",
        person_name=row[16] or "",
        settings=row[17] or "{}",
        zone=row[19] or "UTC",
        source=row[20] or "",
        links=row[21] or "",
    )
