"""How an answer comes back: a signed link is read, turned into a fact, and what became of it is put into words."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum

from asgiref.sync import sync_to_async
from django.db import connection
from msgspec import Struct

from watchbill.channels.links import Action, Grant, LinkExpired, LinkForged, Signer
from watchbill.engine.facts import Acknowledged, Resolved
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Severity, Status
from watchbill.runtime import road


class IncidentGlance(Struct, frozen=True):
    """As much of an incident as one sees through a link. `holder`: who acknowledged it, empty while nobody has."""

    number: int
    title: str
    service: str
    severity: Severity
    status: Status
    opened_at: datetime
    holder: str = ""


class Standing(StrEnum):
    """What can be said of a link before anything is done with it."""

    GOOD = "good"
    FORGED = "forged"  # no key of ours, or nothing that it could be about
    EXPIRED = "expired"
    GONE = "gone"  # its person is no longer active here


class Opened(Struct, frozen=True):
    """A link that was looked at. `grant` and `glance` are there when `standing` is good. `person`: whose link it is, in
    words."""

    standing: Standing
    grant: Grant | None = None
    glance: IncidentGlance | None = None
    person: str = ""


class Answered(Struct, frozen=True):
    """What became of an answer: the reason, and the incident as it stands now."""

    reason: Reason
    glance: IncidentGlance | None


About = Callable[[int], Awaitable[IncidentGlance | None]]

# Reached by primary key, once for a page that a person looks at.
_ABOUT = """
    SELECT incident.id, incident.title, service.name, incident.severity, incident.status, incident.opened_at,
           coalesce(person.name, '')
    FROM incident
    JOIN service ON service.id = incident.service_id
    LEFT JOIN person ON person.id = incident.acknowledged_by
    WHERE incident.id = %s
"""


@sync_to_async
def about(incident: int) -> IncidentGlance | None:
    """The incident as it stands in the database, or None."""
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT, [incident])
        row = cursor.fetchone()
    if row is None:
        return None
    number, title, service, severity, status, opened_at, holder = row
    return IncidentGlance(number, title, service, Severity(severity), Status(status), opened_at, holder)


class Desk:
    """Takes answers. `now` ends links; `about` reads incidents."""

    def __init__(self, signer: Signer, *, now: Callable[[], datetime], about: About = about) -> None:
        self._signer = signer
        self._now = now
        self._about = about

    async def open(self, token: str) -> Opened:
        """Looks at a link and changes nothing. Raises Unavailable while the node is not running."""
        try:
            grant = self._signer.read(token, now=self._now())
        except LinkForged:
            return Opened(Standing.FORGED)
        except LinkExpired as end:
            return Opened(Standing.EXPIRED, end.grant)
        name = await _name_of(grant.person)
        if name is None:
            return Opened(Standing.GONE, grant)
        glance = await self._about(grant.incident)
        if glance is None:
            return Opened(Standing.FORGED)
        return Opened(Standing.GOOD, grant, glance, name)

    async def answer(self, grant: Grant, via: str) -> Answered:
        """Does what the link grants. Raises Unavailable, and then nothing was done."""
        kind = Acknowledged if grant.action is Action.ACKNOWLEDGE else Resolved
        fact = kind(service=0, incident=grant.incident, by=grant.person, via=via)
        (decision,) = await road.current().submit([fact])
        return Answered(decision.reason, await self._about(grant.incident))


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
