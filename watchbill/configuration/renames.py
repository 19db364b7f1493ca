"""Gives what is stored its new names, before anything else is compared."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from watchbill.configuration.state import (
    TITLES,
    Ids,
    Member,
    Policy,
    Rotation,
    Schedule,
    Service,
    State,
    Stored,
    Target,
    Team,
    User,
    Window,
)
from watchbill.engine.words import TargetKind

KINDS = {TargetKind.USER: "users", TargetKind.TEAM: "teams", TargetKind.SCHEDULE: "schedules"}
Parts = dict[tuple[str, str], str]


class Renames(Struct):
    """New names to old ones, by kind; those of integrations by service (its new name) and name, of rotations by schedule
    and name."""

    kinds: dict[str, dict[str, str]]
    integrations: Parts = {}
    rotations: Parts = {}

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return any(self.kinds.values()) or bool(self.integrations) or bool(self.rotations)


def renamed(stored: Stored, renames: Renames) -> Stored:
    """The same rows under their new names, so that only the names differ, and no reference to them."""
    if not renames.any:
        return stored
    new = _New(renames)
    turn: dict[str, Callable[[Any], Any]] = {
        "teams": new.team,
        "users": new.user,
        "schedules": new.schedule,
        "escalation_policies": new.policy,
        "services": new.service,
        "maintenance_windows": new.window,
    }
    state = State(**{
        kind: {new.name(kind, name): turn[kind](one) for name, one in stored.state.of(kind).items()} for kind in TITLES
    })  # fmt: skip
    return replace(
        stored,
        state=state,
        ids=new.ids(stored.ids),
        open_incidents={new.name("services", name): numbers for name, numbers in stored.open_incidents.items()},
        climbed=frozenset(new.name("escalation_policies", name) for name in stored.climbed),
    )


class _New:
    """Each thing with the new names of all that it names."""

    def __init__(self, renames: Renames) -> None:
        self._kinds = {kind: {old: now for now, old in names.items()} for kind, names in renames.kinds.items()}
        self._ways: Parts = {(service, old): now for (service, now), old in renames.integrations.items()}
        self._rotations: Parts = {(schedule, old): now for (schedule, now), old in renames.rotations.items()}

    def name(self, kind: str, old: str) -> str:
        return self._kinds.get(kind, {}).get(old, old)

    def target(self, one: Target) -> Target:
        return Target(one.kind, self.name(KINDS[one.kind], one.name))

    def targets(self, some: tuple[Target, ...]) -> tuple[Target, ...]:
        return tuple(map(self.target, some))

    def user(self, one: User) -> User:
        return replace(one, email=self.name("users", one.email))

    def team(self, one: Team) -> Team:
        members = tuple(Member(self.name("users", m.user), m.role) for m in one.members)
        return Team(self.name("teams", one.name), members)

    def schedule(self, one: Schedule) -> Schedule:
        name = self.name("schedules", one.name)
        rotations = tuple(self._rotation(name, rotation) for rotation in one.rotations)
        return replace(one, name=name, team=self.name("teams", one.team), rotations=rotations)

    def _rotation(self, schedule: str, one: Rotation) -> Rotation:
        name = self._rotations.get((schedule, one.name), one.name)
        return replace(one, name=name, people=tuple(map(self.targets, one.people)), shadows=self.targets(one.shadows))

    def policy(self, one: Policy) -> Policy:
        steps = tuple(replace(step, page=self.targets(step.page)) for step in one.steps)
        name, team = self.name("escalation_policies", one.name), self.name("teams", one.team)
        return replace(one, name=name, team=team, steps=steps, fallback=self.targets(one.fallback))

    def service(self, one: Service) -> Service:
        name = self.name("services", one.name)
        ways = {self._ways.get((name, old), old): way for old, way in one.integrations.items()}
        ways = {now: replace(way, name=now) for now, way in ways.items()}
        team, policy = self.name("teams", one.team), self.name("escalation_policies", one.policy)
        return replace(one, name=name, integrations=ways, team=team, policy=policy)

    def window(self, one: Window) -> Window:
        return replace(one, services=tuple(sorted(self.name("services", name) for name in one.services)))

    def ids(self, ids: Ids) -> Ids:
        return Ids(
            {kind: {self.name(kind, name): row for name, row in rows.items()} for kind, rows in ids.kinds.items()},
            {(self.name("users", user), name): row for (user, name), row in ids.methods.items()},
            self._parts("services", self._ways, ids.integrations),
            self._parts("schedules", self._rotations, ids.rotations),
        )

    def _parts(self, kind: str, new: Parts, ids: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
        found = {}
        for (owner, name), row in ids.items():
            owner = self.name(kind, owner)
            found[owner, new.get((owner, name), name)] = row
        return found
