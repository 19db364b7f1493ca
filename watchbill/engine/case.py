"""One incident as the rules see it: its state, the alert that a fact speaks of, and the directory it lives in."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from msgspec import Raw, Struct

from watchbill.engine.directory import Directory, Policy, Service
from watchbill.engine.words import Severity, Status, Urgency

EMPTY_BODY = Raw(b"{}")


class Paging(Struct, frozen=True, gc=False):
    """A person whom the ladder is waking. `told_to`: seconds after `since` up to which the person's rules were taken, -1
    before the first; a delay and no index, since people edit their rules while they are being woken. `failed`: ids of
    contact methods that were given up."""

    person: int
    since: datetime
    told_to: int = -1
    failed: tuple[int, ...] = ()


class Ladder(Struct, frozen=True):
    """Where an incident stands on its escalation policy.

    `level`: index of the step that pages now, -1 before the first. `round`: how often the ladder was begun again.
    `step_ends_at`: when the step gives up waiting, or None when no step runs. `paging`: who is being woken.
    """

    level: int = -1
    round: int = 0
    step_ends_at: datetime | None = None
    paging: tuple[Paging, ...] = ()


NO_LADDER = Ladder()


class Incident(Struct, frozen=True, kw_only=True):
    """The state of one incident. `id`: its number, 0 until it is first written.

    `returns_at`: when an acknowledgement or a snooze lapses. `muted_until`: end of the maintenance that mutes it.
    `changed_at`: when `status` last changed. `alerts_open`, `alerts_total`: counts.
    """

    id: int = 0
    service: int
    policy: int
    title: str
    severity: Severity
    urgency: Urgency
    status: Status = Status.TRIGGERED
    opened_at: datetime
    changed_at: datetime
    acknowledged_by: int = 0
    snoozed: bool = False
    returns_at: datetime | None = None
    muted_until: datetime | None = None
    alerts_open: int = 1
    alerts_total: int = 1
    ladder: Ladder = NO_LADDER
    due_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is not resolved."""
        return self.status is not Status.RESOLVED


class Alert(Struct, frozen=True, kw_only=True):
    """One alert: what a monitor said under one key. `id`: 0 until it is first written. `count`: how often it was said.

    `content`: fingerprint of what was said last; a repetition with the same one only counts. `body` is known only for
    an alert that the present batch brought or changed.
    """

    id: int = 0
    service: int
    incident: int = 0
    integration: int = 0
    dedup_key: str
    summary: str
    severity: Severity
    source: str = ""
    first_at: datetime
    last_at: datetime
    resolved_at: datetime | None = None
    count: int = 1
    content: int = 0
    body: Raw = EMPTY_BODY


class Case(Struct, frozen=True):
    """What a decision is made on.

    `incident`: the one that the fact is about; for an alert, the one that its open alert belongs to, or None.
    `alert`: the open alert with the fact's key, or None. `joinable`: the newest open incident of the service, given
    only where the service groups. `ended_at`: when a monitor last said that the fact's key is over, given only for a
    trigger that was kept on a node's disk, and None where that cannot be told for certain. `turns`: how often each step
    (policy, level) has paged by round robin, for those that ever have.
    """

    service: Service
    directory: Directory
    incident: Incident | None = None
    alert: Alert | None = None
    joinable: Incident | None = None
    ended_at: datetime | None = None
    turns: Mapping[tuple[int, int], int] = MappingProxyType({})

    @property
    def policy(self) -> Policy | None:
        """The escalation policy in force: the incident's own (it may have been reassigned), else the service's."""
        wanted = self.incident.policy if self.incident is not None else self.service.policy
        return self.directory.policies.get(wanted) or self.directory.policies.get(self.service.policy)
