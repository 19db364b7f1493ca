"""Everything that is configured, as plain data by name: what the database holds, and what it shall hold."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from watchbill.configuration.words import write_moment
from watchbill.engine.directory import Condition
from watchbill.engine.duty.schedule import Edition, Fixed, HandOff, Hours, Override
from watchbill.engine.words import Role, TargetKind, Whom

# The kinds by their keys in a file, with the word for one of them; in the order in which they are shown.
TITLES = {
    "teams": "team",
    "users": "user",
    "schedules": "schedule",
    "escalation_policies": "escalation policy",
    "services": "service",
    "maintenance_windows": "maintenance window",
}


class Secret(Struct, frozen=True):
    """A secret setting. `sealed`: as it is stored. `clear`: new, not yet sealed."""

    sealed: str = ""
    clear: str = ""

    def __repr__(self) -> str:
        return "Secret(…)"


class Member(Struct, frozen=True):
    """A person in a team."""

    user: str
    role: Role


class Team(Struct, frozen=True):
    """A team, its members in order."""

    name: str
    members: tuple[Member, ...] = ()


class Method(Struct, frozen=True):
    """A contact method."""

    name: str
    channel: str
    enabled: bool
    settings: Mapping[str, str | Secret]


class Rule(Struct, frozen=True, order=True):
    """A notification rule. `after`: seconds."""

    after: int
    use: str


class User(Struct, frozen=True):
    """A person. Rules are sorted. `out_of_office_calendar`: its address, or None."""

    email: str
    name: str
    time_zone: str = "UTC"
    active: bool = True
    contact_methods: Mapping[str, Method] = {}
    high: tuple[Rule, ...] = ()
    low: tuple[Rule, ...] = ()
    out_of_office_calendar: Secret | None = None


class Target(Struct, frozen=True):
    """A person by e-mail, or a team or a schedule by name."""

    kind: TargetKind
    name: str


# One place of a rotation: the people and teams who have the turn together.
Place = tuple[Target, ...]


class Rotation(Struct, frozen=True):
    """A rotation of a schedule, as it was last set. `people`: whose turns follow each other. `hours`: empty for always.
    `calendar`: the address of one elsewhere; then there are no people and no hand-off. `starts_with`: who has the first
    turn; empty for one that is stored."""

    name: str
    time_zone: str = "UTC"
    people: tuple[Place, ...] = ()
    hand_off: HandOff | None = None
    hours: tuple[Hours, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    shadows: tuple[Target, ...] = ()
    shadow: bool = False
    calendar: Secret | None = None
    starts_with: Place = ()

    def seats(self) -> Iterator[Target]:
        """Whoever has turns in it, or shadows those who have."""
        for place in self.people:
            yield from place
        yield from self.shadows


class Schedule(Struct, frozen=True):
    """Who is on duty when. `hours`: when somebody has to be, empty for always. `gap_warning`: seconds before a gap.
    `holidays`: codes, such as ES or US-CA."""

    name: str
    team: str
    time_zone: str = "UTC"
    hours: tuple[Hours, ...] = ()
    gap_warning: int = 3 * 86400
    holidays: tuple[str, ...] = ()
    rotations: tuple[Rotation, ...] = ()

    def by_name(self) -> dict[str, Rotation]:
        """Its rotations."""
        return {rotation.name: rotation for rotation in self.rotations}


class PolicyStep(Struct, frozen=True):
    """A rung. `wait`: seconds. `only`: None for always."""

    page: tuple[Target, ...]
    wait: int
    whom: Whom = Whom.ON_DUTY
    only: Condition | None = None


class Policy(Struct, frozen=True):
    """An escalation policy. `team`: empty for none."""

    name: str
    team: str = ""
    repeat: int = 0
    steps: tuple[PolicyStep, ...] = ()
    fallback: tuple[Target, ...] = ()

    def targets(self) -> Iterator[Target]:
        """Whomever it may page."""
        for step in self.steps:
            yield from step.page
        yield from self.fallback


class Integration(Struct, frozen=True):
    """A way into a service. `key_sha256`: empty for a key that is yet to be made."""

    name: str
    kind: str
    key_sha256: str = ""
    key_begins: str = ""


class Service(Struct, frozen=True):
    """A service. `grouping`: off, open, or the seconds of its window. `acknowledge_timeout`: 0 for never."""

    name: str
    team: str
    policy: str
    description: str = ""
    urgency: str = "by_severity"
    grouping: str | int = "off"
    acknowledge_timeout: int = 0
    active: bool = True
    integrations: Mapping[str, Integration] = {}


class Window(Struct, frozen=True):
    """A maintenance window. `services`: names, sorted."""

    reason: str
    starts: datetime
    ends: datetime
    services: tuple[str, ...]

    @property
    def title(self) -> str:
        """What it is known by."""
        return window_title(self.reason, self.starts)


def window_title(reason: str, starts: datetime, nth: int = 0) -> str:
    """The name of a window: its reason and its beginning. `nth`: how many of the same name come before it."""
    return f"{reason}, {write_moment(starts)}" + (f" ({nth + 1})" if nth else "")


class State(Struct, frozen=True):
    """All of it, each kind by name."""

    teams: Mapping[str, Team] = {}
    users: Mapping[str, User] = {}
    schedules: Mapping[str, Schedule] = {}
    escalation_policies: Mapping[str, Policy] = {}
    services: Mapping[str, Service] = {}
    maintenance_windows: Mapping[str, Window] = {}

    def of(self, kind: str) -> Mapping[str, Any]:
        """One kind, by its key in a file."""
        things: Mapping[str, Any] = getattr(self, kind)
        return things


class Ids(Struct, frozen=True):
    """The rows behind the names. `methods`: by person and name. `integrations`: by service and name. `rotations`: by
    schedule and name."""

    kinds: Mapping[str, Mapping[str, int]]
    methods: Mapping[tuple[str, str], int] = {}
    integrations: Mapping[tuple[str, str], int] = {}
    rotations: Mapping[tuple[str, str], int] = {}


class Rota(Struct, frozen=True):
    """What of schedules is stored and in no file. `editions`: of each rotation, by the id of its row, from the one in force
    a day ago on; people by id, teams by their negated id. `fixed`: shifts of a rotation's calendar that was read, likewise.
    `overrides`: of each schedule, by the id of its row. `remembered`: teams that the record of who was on duty names."""

    editions: Mapping[int, tuple[Edition, ...]] = {}
    fixed: Mapping[int, tuple[Fixed, ...]] = {}
    overrides: Mapping[int, tuple[Override, ...]] = {}
    remembered: frozenset[int] = frozenset()


class Stored(Struct, frozen=True):
    """What the database holds. `open_incidents`: numbers by service. `climbed`: policies that open incidents climb.
    `over`: windows that have ended; they are history, and nothing changes or removes them."""

    state: State
    ids: Ids
    now: datetime
    open_incidents: Mapping[str, tuple[int, ...]] = {}
    climbed: frozenset[str] = frozenset()
    over: frozenset[str] = frozenset()
    rota: Rota = Rota()


def nothing_stored(now: datetime) -> Stored:
    """An empty database."""
    return Stored(State(), Ids({kind: {} for kind in TITLES}), now)
