"""How an answer comes back: a signed link is read, turned into a fact, and what became of it is put into words."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum

from asgiref.sync import sync_to_async
from django.db import connection
from msgspec import Struct
from msgspec.structs import replace

from watchbill.channels.links import Action, Grant, LinkExpired, LinkForged, Signer
from watchbill.channels.wording import one_line, runbook
from watchbill.engine.facts import Acknowledged, Resolved
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Severity, Status
from watchbill.runtime import road


class IncidentGlance(Struct, frozen=True):
    """As much of an incident as one sees through a link. `holder`: who acknowledged it, empty while nobody has or where
    no name was given. `by_monitor`: a monitor did. `source`, `runbook`: as in contract.Message. `zone`: of whoever
    looks."""

    number: int
    title: str
    service: str
    severity: Severity
    status: Status
    opened_at: datetime
    holder: str = ""
    by_monitor: bool = False
    source: str = ""
    runbook: str = ""
    zone: str = "UTC"


class Standing(StrEnum):
    """What can be said of a link before anything is done with it."""

    GOOD = "good"
    FORGED = "forged"  # no key of ours, or nothing that it could be about
    EXPIRED = "expired"
    GONE = "gone"  # its person is no longer active here


class Opened(Struct, frozen=True):
    """A link that was looked at. `grant` and `glance` are there when `standing` is good. `person`: whose link it is, in
    words. `at`: when it was looked at."""

    standing: Standing
    grant: Grant | None = None
    glance: IncidentGlance | None = None
    person: str = ""
    at: datetime | None = None


class Answered(Struct, frozen=True):
    """What became of an answer: the reason, and the incident as it stands now."""

    reason: Reason
    glance: IncidentGlance | None


About = Callable[[int, int], Awaitable[IncidentGlance | None]]
"""Reads an incident for a person, both by number."""

# Once for a page that a person looks at; everything is reached by an index. The first alert is found as paging does it.
_ABOUT = """
    SELECT incident.id, incident.title, service.name, incident.severity, incident.status, incident.opened_at,
           coalesce(person.name, ''), coalesce(reader.time_zone, 'UTC'), coalesce(told.source, ''),
           coalesce((told.body->'links')::text, ''), coalesce(entry.reason, '')
    FROM incident
    JOIN service ON service.id = incident.service_id
    LEFT JOIN person ON person.id = incident.acknowledged_by
    LEFT JOIN person reader ON reader.id = %s
    LEFT JOIN LATERAL (
        SELECT alert.source, alert.body
        FROM (SELECT id, source, body FROM alert WHERE incident_id = incident.id LIMIT 100) alert
        ORDER BY alert.id LIMIT 1
    ) told ON true
    LEFT JOIN LATERAL (
        SELECT reason FROM journal
        WHERE incident_id = incident.id AND reason IN ('acknowledged', 'acknowledged_by_monitor', 'snoozed')
        ORDER BY id DESC LIMIT 1
    ) entry ON incident.acknowledged_by = 0
    WHERE incident.id = %s
"""


@sync_to_async
def about(incident: int, reader: int) -> IncidentGlance | None:
    """The incident as it stands in the database, or None. `reader`: person id, 0 for nobody."""
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT, [reader, incident])
        row = cursor.fetchone()
    if row is None:
        return None
    number, title, service, severity, status, opened_at, holder, zone, source, links, reason = row
    return IncidentGlance(
        number,
        title,
        service,
        Severity(severity),
        Status(status),
        opened_at,
        holder,
        by_monitor=reason == Reason.ACKNOWLEDGED_BY_MONITOR,
        source=source,
        runbook=runbook(links),
        zone=zone,
    )


class Desk:
    """Takes answers. `now` ends links; `about` reads incidents."""

    def __init__(self, signer: Signer, *, now: Callable[[], datetime], about: About = about) -> None:
        self._signer = signer
        self._now = now
        self._about = about

    async def open(self, token: str) -> Opened:
        """Looks at a link and changes nothing. Raises Unavailable while the node is not running."""
        now = self._now()
        try:
            grant = self._signer.read(token, now=now)
        except LinkForged:
            return Opened(Standing.FORGED)
        except LinkExpired as end:
            return Opened(Standing.EXPIRED, end.grant)
        name = await _name_of(grant.person)
        if name is None:
            return Opened(Standing.GONE, grant)
        glance = await self._glance(grant)
        if glance is None:
            return Opened(Standing.FORGED)
        return Opened(Standing.GOOD, grant, glance, one_line(name, 80), now)

    async def answer(self, grant: Grant, via: str) -> Answered:
        """Does what the link grants. Raises Unavailable, and then nothing was done."""
        kind = Acknowledged if grant.action is Action.ACKNOWLEDGE else Resolved
        fact = kind(service=0, incident=grant.incident, by=grant.person, via=via)
        (decision,) = await road.current().submit([fact])
        return Answered(decision.reason, await self._glance(grant))

    async def _glance(self, grant: Grant) -> IncidentGlance | None:
        """The incident for whoever holds the link, its text fit to be shown."""
        seen = await self._about(grant.incident, grant.person)
        if seen is None:
            return None
        return replace(
            seen,
            title=one_line(seen.title) or "(no title)",
            service=one_line(seen.service),
            holder=one_line(seen.holder, 80),
            source=one_line(seen.source),
        )


async def _name_of(person: int) -> str | None:
    """Whose link it is; empty for a page that went to no person, None for somebody who is not active here."""
    if person == 0:
        return ""
    known = road.current().directory.people.get(person)
    if known is None:
        # It may have been added a moment ago, on another node.
        known = (await road.current().fresh_directory()).people.get(person)
    return known.name if known is not None and known.active else None


_desk: Desk | None = None


def use(desk: Desk | None) -> None:
    """Makes `desk` the one that this process's pages hand answers to. The node does so once at its start."""
    global _desk
    _desk = desk


def current() -> Desk:
    """The desk of this process. Raises Unavailable while there is none."""
    if _desk is None:
        raise road.Unavailable("This node is not running yet.")
    return _desk
