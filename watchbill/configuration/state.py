"""Everything that is configured, as plain data by name: what the database holds, and what it shall hold."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from watchbill.configuration.words import write_moment
from watchbill.engine.words import Role, TargetKind

# The kinds by their keys in a file, with the word for one of them; in the order in which they are shown.
TITLES = {
    "teams": "team",
    "users": "user",
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
    """A person. Rules are sorted."""

    email: str
    name: str
    time_zone: str = "UTC"
    active: bool = True
    contact_methods: Mapping[str, Method] = {}
    high: tuple[Rule, ...] = ()
    low: tuple[Rule, ...] = ()


class Target(Struct, frozen=True):
    """A person by e-mail or a team by name."""

    kind: TargetKind
    name: str


class PolicyStep(Struct, frozen=True):
    """A rung. `wait`: seconds."""

    page: tuple[Target, ...]
    wait: int


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
    escalation_policies: Mapping[str, Policy] = {}
    services: Mapping[str, Service] = {}
    maintenance_windows: Mapping[str, Window] = {}

    def of(self, kind: str) -> Mapping[str, Any]:
        """One kind, by its key in a file."""
        things: Mapping[str, Any] = getattr(self, kind)
        return things


class Renames(Struct):
    """New names to old ones, by kind; those of integrations by service (its new name) and name."""

    kinds: dict[str, dict[str, str]]
    integrations: dict[tuple[str, str], str]

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return any(self.kinds.values()) or bool(self.integrations)


class Ids(Struct, frozen=True):
    """The rows behind the names. `methods`: by person and name. `integrations`: by service and name."""

    kinds: Mapping[str, Mapping[str, int]]
    methods: Mapping[tuple[str, str], int] = {}
    integrations: Mapping[tuple[str, str], int] = {}


class Stored(Struct, frozen=True):
    """What the database holds. `open_incidents`: numbers by service. `climbed`: policies that open incidents climb.
    `over`: windows that have ended; they are history, and nothing changes or removes them."""

    state: State
    ids: Ids
    now: datetime
    open_incidents: Mapping[str, tuple[int, ...]] = {}
    climbed: frozenset[str] = frozenset()
    over: frozenset[str] = frozenset()


def nothing_stored(now: datetime) -> Stored:
    """An empty database."""
    return Stored(State(), Ids({kind: {} for kind in TITLES}), now)


def renamed(stored: Stored, renames: Renames) -> Stored:
    """The same rows under their new names, so that only the names differ, and no reference to them."""
    if not renames.any:
        return stored
    new = {kind: {old: now for now, old in names.items()} for kind, names in renames.kinds.items()}
    users, teams, policies, services = (new.get(k, {}) for k in ("users", "teams", "escalation_policies", "services"))
    parts = {(services.get(s, s), old): now for (s, now), old in renames.integrations.items()}

    def target(one: Target) -> Target:
        names = users if one.kind is TargetKind.USER else teams
        return Target(one.kind, names.get(one.name, one.name))

    def user(one: User) -> User:
        return replace(one, email=users.get(one.email, one.email))

    def team(one: Team) -> Team:
        members = tuple(Member(users.get(m.user, m.user), m.role) for m in one.members)
        return Team(teams.get(one.name, one.name), members)

    def policy(one: Policy) -> Policy:
        steps = tuple(PolicyStep(tuple(map(target, step.page)), step.wait) for step in one.steps)
        fallback = tuple(map(target, one.fallback))
        name = policies.get(one.name, one.name)
        return replace(one, name=name, team=teams.get(one.team, one.team), steps=steps, fallback=fallback)

    def service(one: Service) -> Service:
        name = services.get(one.name, one.name)
        ways = {parts.get((name, old), old): way for old, way in one.integrations.items()}
        ways = {now: replace(way, name=now) for now, way in ways.items()}
        by = {"team": teams.get(one.team, one.team), "policy": policies.get(one.policy, one.policy)}
        return replace(one, name=name, integrations=ways, **by)

    def window(one: Window) -> Window:
        return replace(one, services=tuple(sorted(services.get(name, name) for name in one.services)))

    turn: dict[str, Callable[[Any], Any]] = {
        "teams": team,
        "users": user,
        "escalation_policies": policy,
        "services": service,
        "maintenance_windows": window,
    }
    state = State(**{
        kind: {new.get(kind, {}).get(name, name): turn[kind](one) for name, one in stored.state.of(kind).items()}
        for kind in TITLES
    })  # fmt: skip
    return replace(
        stored,
        state=state,
        ids=_renamed_ids(stored.ids, new, parts),
        open_incidents={services.get(name, name): numbers for name, numbers in stored.open_incidents.items()},
        climbed=frozenset(policies.get(name, name) for name in stored.climbed),
    )


def _renamed_ids(ids: Ids, new: Mapping[str, Mapping[str, str]], parts: Mapping[tuple[str, str], str]) -> Ids:
    users, services = new.get("users", {}), new.get("services", {})
    kinds = {kind: {new.get(kind, {}).get(n, n): row for n, row in rows.items()} for kind, rows in ids.kinds.items()}
    ways = {}
    for (old_service, name), row in ids.integrations.items():
        service = services.get(old_service, old_service)
        ways[service, parts.get((service, name), name)] = row
    return Ids(kinds, {(users.get(user, user), name): row for (user, name), row in ids.methods.items()}, ways)
