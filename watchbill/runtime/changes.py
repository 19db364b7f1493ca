"""What a batch of decisions comes to: the rows to write, each once, as they are at the batch's end."""

from datetime import datetime

import msgspec
from msgspec import Struct

from watchbill.engine.case import Alert, Incident
from watchbill.engine.commands import SendPage, TellShadow
from watchbill.engine.facts import Fact
from watchbill.engine.reasons import Reason


class Paged(Struct, frozen=True, gc=False):
    """A page that was decided, with what the rules left to the runtime to fill in."""

    incident: Incident
    page: SendPage
    channel: str


class Shadowed(Struct, frozen=True, gc=False):
    """Somebody who shadows those on duty, to be told of an incident."""

    incident: Incident
    told: TellShadow


class Decided(Struct, frozen=True, gc=False):
    """A decision as the journal keeps it. `incident`: its number or 0."""

    fact: Fact
    reason: Reason
    incident: int
    service: int
    pages: tuple[SendPage, ...] = ()


class Changes(Struct):
    """Rows to write. Those written first come first: what ends must be written before what begins under the same key.

    `touched_alerts`: stored alerts that only counted or ended. `changed_alerts`: stored ones that say something new.
    `closed`: incidents all of whose stored alerts end, and when. `turns`: by (policy, level), how many more times a step
    has paged by round robin.
    """

    now: datetime
    touched_alerts: list[Alert] = msgspec.field(default_factory=list)
    changed_alerts: list[Alert] = msgspec.field(default_factory=list)
    closed: list[tuple[int, datetime]] = msgspec.field(default_factory=list)
    new_incidents: list[Incident] = msgspec.field(default_factory=list)
    changed_incidents: list[Incident] = msgspec.field(default_factory=list)
    new_alerts: list[Alert] = msgspec.field(default_factory=list)
    pages: list[Paged] = msgspec.field(default_factory=list)
    turns: dict[tuple[int, int], int] = msgspec.field(default_factory=dict)
    shadowed: list[Shadowed] = msgspec.field(default_factory=list)
    decided: list[Decided] = msgspec.field(default_factory=list)
