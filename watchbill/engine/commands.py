"""What a decision asks the runtime to write. Commands are data; `wiring.py` says which chapter writes which."""

from datetime import datetime

from msgspec import Struct

from watchbill.engine.case import Alert, Incident
from watchbill.engine.reasons import Reason


class Command(Struct, frozen=True, tag=True):
    """The base of all commands."""


class SaveIncident(Command, frozen=True, tag=True):
    """Write the incident as it is now; a new one when its id is 0."""

    incident: Incident


class SaveAlert(Command, frozen=True, tag=True):
    """Write the alert as it is now; a new one when its id is 0. `content_changed`: whether more than the count and the
    time of the last sighting differs from what is stored."""

    alert: Alert
    content_changed: bool = True


class CloseAlerts(Command, frozen=True, tag=True):
    """Resolve every alert of the case's incident that is still open."""

    at: datetime


class SendPage(Command, frozen=True, tag=True):
    """Page a person about the case's incident, at once.

    `person`, `method`: ids. `level`: step of the ladder, from 0. `late`: seconds behind plan, 0 when on time.
    """

    person: int
    method: int
    level: int
    reason: Reason
    late: int = 0


class TakeTurn(Command, frozen=True, tag=True):
    """A step has paged by round robin; the next time it is somebody else's turn. `policy`: id. `level`: from 0."""

    policy: int
    level: int


class TellShadow(Command, frozen=True, tag=True):
    """Tell a person who shadows those on duty of the case's incident, without waking anybody. `person`: id."""

    person: int
    level: int
