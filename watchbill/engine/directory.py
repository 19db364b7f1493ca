"""Who and what there is: people, teams, services and policies, as the rules see them. Read-only for a whole batch."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from msgspec import Struct

from watchbill.engine.duty.schedule import Hours, Schedule
from watchbill.engine.words import Grouping, Role, Severity, TargetKind, Urgency, UrgencyRule, Whom


class ContactMethod(Struct, frozen=True, gc=False):
    """One road to one person. `channel` is a key of the wiring's channels, for example "email"."""

    id: int
    channel: str
    enabled: bool = True


class NotificationRule(Struct, frozen=True, gc=False):
    """`delay`: seconds after the person is paged, >= 0. `method`: id of one of the person's contact methods."""

    urgency: Urgency
    delay: int
    method: int


class Person(Struct, frozen=True):
    """Somebody who can be paged. `rules` are sorted by delay."""

    id: int
    name: str
    methods: tuple[ContactMethod, ...] = ()
    rules: tuple[NotificationRule, ...] = ()
    active: bool = True


class Team(Struct, frozen=True):
    """`members`: person ids with their role, in the order in which they joined."""

    id: int
    name: str
    members: tuple[tuple[int, Role], ...] = ()


class Target(Struct, frozen=True, gc=False):
    """One target of a step: a person, a whole team, or whoever is on duty in a schedule; by id."""

    kind: TargetKind
    id: int


class Condition(Struct, frozen=True):
    """When a step is taken at all. `hours`: windows of the week in `zone`, empty for always. `severities`: empty for all."""

    hours: tuple[Hours, ...] = ()
    zone: str = "UTC"
    severities: frozenset[Severity] = frozenset()


class PolicyStep(Struct, frozen=True):
    """`delay`: seconds that this step waits for an acknowledgement before the next one begins, > 0. `only`: a step whose
    condition does not hold is passed over, without waiting."""

    delay: int
    targets: tuple[Target, ...]
    whom: Whom = Whom.ON_DUTY
    only: Condition | None = None


class Policy(Struct, frozen=True):
    """An escalation policy. `repeat`: how often the whole ladder is climbed again after the first time, >= 0."""

    id: int
    name: str
    steps: tuple[PolicyStep, ...]
    repeat: int = 0
    fallback: tuple[Target, ...] = ()


class Service(Struct, frozen=True):
    """What alerts are about.

    `grouping_window`: seconds, > 0 when grouping is `window`. `acknowledge_timeout`: seconds after which an
    acknowledgement lapses, or None for never.
    """

    id: int
    name: str
    team: int
    policy: int
    urgency: UrgencyRule = UrgencyRule.BY_SEVERITY
    grouping: Grouping = Grouping.OFF
    grouping_window: int = 0
    acknowledge_timeout: int | None = None


class Maintenance(Struct, frozen=True):
    """A maintenance window: what opens from `starts_at` until just before `ends_at` pages nobody until the window is over.
    What was open before goes on."""

    id: int
    services: tuple[int, ...]
    starts_at: datetime
    ends_at: datetime


class Integration(Struct, frozen=True, gc=False):
    """A way into a service: the hash of its key, and the wire that it speaks."""

    id: int
    service: int
    kind: str


class Directory(Struct, frozen=True):
    """Everything that was configured, at one version. Mappings are by id; `integrations` by SHA-256 of the key, hex."""

    version: int = 0
    people: Mapping[int, Person] = MappingProxyType({})
    teams: Mapping[int, Team] = MappingProxyType({})
    services: Mapping[int, Service] = MappingProxyType({})
    policies: Mapping[int, Policy] = MappingProxyType({})
    schedules: Mapping[int, Schedule] = MappingProxyType({})
    maintenance: tuple[Maintenance, ...] = ()
    integrations: Mapping[str, Integration] = MappingProxyType({})
