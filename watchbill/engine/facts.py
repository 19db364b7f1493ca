"""What can happen: the facts that the road carries. A fact says what was seen, never what to do about it."""

from datetime import datetime

from msgspec import Raw, Struct

from watchbill.engine.words import Severity


class Fact(Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The base of all facts. `service`: id of the service that it is about."""

    service: int


class AlertTriggered(Fact, frozen=True, kw_only=True, tag=True):
    """A monitor says that something is wrong (PagerDuty Events v2 `trigger`, an Alertmanager alert that fires).

    `dedup_key`: 1 to 255 characters; alerts with one key on one service are one alert. `summary`: 1 to 1024 characters.
    `source`: what is broken, for example a host. `body`: the rest of what was sent, one JSON object, shown but never
    decided on. `notes`: what intake changed while taming it, in words, for the journal.
    `integration`: id of the integration through which it came, or 0. `began_at`: when the sender says that it began.
    `kept_at`: where it waited on a node's disk, since when, by the database's clock: then or a little later, never earlier.
    """

    dedup_key: str
    summary: str
    severity: Severity = Severity.ERROR
    source: str = ""
    integration: int = 0
    began_at: datetime | None = None
    body: Raw = Raw(b"{}")
    notes: tuple[str, ...] = ()
    kept_at: datetime | None = None


class AlertAcknowledged(Fact, frozen=True, kw_only=True, tag=True):
    """A monitor says that somebody works on the alert with this key (Events v2 `acknowledge`)."""

    dedup_key: str
    integration: int = 0


class AlertResolved(Fact, frozen=True, kw_only=True, tag=True):
    """A monitor says that the alert with this key is over. `kept_at`: as for AlertTriggered."""

    dedup_key: str
    integration: int = 0
    kept_at: datetime | None = None


class ChangeReported(Fact, frozen=True, kw_only=True, tag=True):
    """Something was changed on purpose: a deploy, a setting (Events v2 change event). Goes to the journal only."""

    summary: str
    source: str = ""
    integration: int = 0
    changed_at: datetime | None = None
    body: Raw = Raw(b"{}")
    notes: tuple[str, ...] = ()


class OnIncident(Fact, frozen=True, kw_only=True, tag=True, gc=False):
    """The base of what is said of one incident. `by`: person id, or 0 where no person did it. `via`: the road,
    for example "cli", "email link", "ntfy"."""

    incident: int
    by: int = 0
    via: str = ""


class Acknowledged(OnIncident, frozen=True, kw_only=True, tag=True, gc=False):
    """A person takes the incident."""


class Unacknowledged(OnIncident, frozen=True, kw_only=True, tag=True, gc=False):
    """A person gives the incident back: nobody has it, the ladder begins again."""


class Resolved(OnIncident, frozen=True, kw_only=True, tag=True, gc=False):
    """A person says that it is over, whatever the monitors say."""


class Reopened(OnIncident, frozen=True, kw_only=True, tag=True, gc=False):
    """A person says that it is not over after all."""


class Snoozed(OnIncident, frozen=True, kw_only=True, tag=True):
    """A person puts the incident off. `until`: when it comes back, in the future."""

    until: datetime


class Reassigned(OnIncident, frozen=True, kw_only=True, tag=True):
    """A person hands the incident to other people, or to another policy. Exactly one of the two is given."""

    people: tuple[int, ...] = ()
    policy: int | None = None


class EscalatedNow(OnIncident, frozen=True, kw_only=True, tag=True, gc=False):
    """A person asks for the next step of the ladder without waiting."""


class TimePassed(OnIncident, frozen=True, kw_only=True, tag=True, gc=False):
    """What the incident waited for fell due."""


class PageFailed(OnIncident, frozen=True, kw_only=True, tag=True, gc=False):
    """A page was given up for good: this method of this person does not work. `person`, `method`: ids."""

    person: int
    method: int
