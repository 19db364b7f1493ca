"""What the rules would know of a configuration before it is applied: a state as their directory. What is not stored yet
has made-up ids. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

from watchbill.configuration import state as told
from watchbill.configuration.editions import first_editions, next_editions, switched_off
from watchbill.configuration.renames import KINDS
from watchbill.configuration.state import TITLES, Ids, Rota, State, Stored
from watchbill.engine.directory import (
    ContactMethod,
    Directory,
    Integration,
    Maintenance,
    NotificationRule,
    Person,
    Policy,
    PolicyStep,
    Service,
    Target,
    Team,
)
from watchbill.engine.duty.schedule import Edition, Fixed, Rotation, Schedule
from watchbill.engine.duty.walls import instant_of, moment_of
from watchbill.engine.words import Grouping, Urgency, UrgencyRule
from watchbill.oncall.plan import edition_of, plan_of

K = TypeVar("K")


class Foreseen(Struct, frozen=True):
    """A directory, with the ids behind the names that people know: `ids.kinds["services"]["checkout"]`."""

    directory: Directory
    ids: Ids
    now: datetime


def foresee(state: State, stored: Stored) -> Foreseen:
    """The state as it would be from `stored.now` on, if it were applied then."""
    ids = _completed(stored.ids, state)
    return Foreseen(directory_of(state, stored, stored.now, ids), ids, stored.now)


def directory_of(state: State, stored: Stored, now: datetime, ids: Ids | None = None) -> Directory:
    """Everything that nodes would know. `stored`: what the database holds, whose overrides and editions go on. With
    `stored.state` itself it is what they know now. `ids`: made up where they are left out."""
    rows = ids if ids is not None else _completed(stored.ids, state)
    return Directory(
        people=_people(state, rows),
        teams=_teams(state, rows),
        services=_services(state, rows),
        policies=_policies(state, rows),
        schedules=schedules_of(state, stored, now, rows),
        maintenance=tuple(
            Maintenance(
                rows.kinds["maintenance_windows"][title],
                tuple(rows.kinds["services"][name] for name in window.services),
                window.starts,
                window.ends,
            )
            for title, window in state.maintenance_windows.items()
            if title not in stored.over
        ),
        integrations={
            way.key_sha256: Integration(
                rows.integrations[service.name, name], rows.kinds["services"][service.name], way.kind
            )
            for service in state.services.values()
            for name, way in service.integrations.items()
            if service.active and way.key_sha256
        },
    )


def schedules_of(state: State, stored: Stored, now: datetime, ids: Ids) -> dict[int, Schedule]:
    """Every schedule by id, edited as the state says."""
    people = ids.kinds["users"]
    names = {people[user.email]: user.name for user in state.users.values()}
    gone = switched_off(state, ids.kinds)
    shapes = _Shapes(stored, now, ids, _teams(state, ids), gone)
    return {
        row: Schedule(
            id=row,
            name=one.name,
            team=ids.kinds["teams"][one.team],
            zone=one.time_zone,
            rotations=tuple(shapes.rotation(one.name, rotation) for rotation in one.rotations),
            overrides=stored.rota.overrides.get(row, ()),
            hours=one.hours,
            names=names,
            gone=gone,
        )
        for one in state.schedules.values()
        for row in (ids.kinds["schedules"][one.name],)
    }


class _Shapes:
    """Rotations as the rules see them."""

    def __init__(
        self, stored: Stored, now: datetime, ids: Ids, teams: Mapping[int, Team], gone: frozenset[int]
    ) -> None:
        self._before = {name: schedule.by_name() for name, schedule in stored.state.schedules.items()}
        self._rota: Rota = stored.rota
        self._now, self._ids, self._teams, self._gone = now, ids, teams, gone

    def rotation(self, schedule: str, one: told.Rotation) -> Rotation:
        row = self._ids.rotations[schedule, one.name]
        before = self._before.get(schedule, {}).get(one.name)
        if before is not None and (before.calendar is None) != (one.calendar is None):
            before, row = None, -row  # another rotation of the same name
        return Rotation(
            id=row,
            name=one.name,
            editions=tuple(map(self._edition, self._editions(before, one, row))),
            starts=None if one.starts is None else instant_of(one.starts),
            ends=None if one.ends is None else instant_of(one.ends),
            shadow=one.shadow,
            fixed=self._fixed(one, row),
        )

    def _editions(self, before: told.Rotation | None, after: told.Rotation, row: int) -> tuple[Edition, ...]:
        if after.calendar is not None:
            return ()
        if before is None:
            return first_editions(after, self._ids.kinds, self._now)
        stored = self._rota.editions[row]
        return next_editions(before, after, stored, self._ids.kinds, self._now, self._gone)

    def _edition(self, named: Edition) -> Edition:
        """With the members of teams in their places."""
        return edition_of(plan_of(named), moment_of(named.since), self._teams)

    def _fixed(self, one: told.Rotation, row: int) -> tuple[Fixed, ...] | None:
        return None if one.calendar is None else self._rota.fixed.get(row, ())


def _completed(ids: Ids, state: State) -> Ids:
    """With ids for what has none yet, in the order in which rows are made."""
    users = [state.users[email] for email in sorted(state.users)]
    services = [state.services[name] for name in sorted(state.services)]
    schedules = [state.schedules[name] for name in sorted(state.schedules)]
    return Ids(
        {kind: _numbered(ids.kinds[kind], sorted(state.of(kind))) for kind in TITLES},
        _numbered(ids.methods, ((user.email, name) for user in users for name in user.contact_methods)),
        _numbered(ids.integrations, ((service.name, name) for service in services for name in service.integrations)),
        _numbered(ids.rotations, ((one.name, rotation.name) for one in schedules for rotation in one.rotations)),
    )


def _numbered(known: Mapping[K, int], wanted: Iterable[K]) -> dict[K, int]:
    found = dict(known)
    following = max(known.values(), default=0) + 1
    for name in wanted:
        if name not in found:
            found[name], following = following, following + 1
    return found


def _people(state: State, ids: Ids) -> dict[int, Person]:
    return {
        row: Person(
            id=row,
            name=user.name,
            methods=tuple(
                sorted(
                    (
                        ContactMethod(ids.methods[user.email, method.name], method.channel, method.enabled)
                        for method in user.contact_methods.values()
                    ),
                    key=lambda method: method.id,
                )
            ),
            rules=tuple(
                sorted(
                    (
                        NotificationRule(urgency, rule.after, ids.methods[user.email, rule.use])
                        for urgency, rules in ((Urgency.HIGH, user.high), (Urgency.LOW, user.low))
                        for rule in rules
                    ),
                    key=lambda rule: rule.delay,
                )
            ),
            active=user.active,
        )
        for user in state.users.values()
        for row in (ids.kinds["users"][user.email],)
    }


def _teams(state: State, ids: Ids) -> dict[int, Team]:
    people = ids.kinds["users"]
    return {
        row: Team(row, team.name, tuple((people[member.user], member.role) for member in team.members))
        for team in state.teams.values()
        for row in (ids.kinds["teams"][team.name],)
    }


def _services(state: State, ids: Ids) -> dict[int, Service]:
    return {
        row: Service(
            id=row,
            name=one.name,
            team=ids.kinds["teams"][one.team],
            policy=ids.kinds["escalation_policies"][one.policy],
            urgency=UrgencyRule(one.urgency),
            grouping=Grouping(one.grouping) if isinstance(one.grouping, str) else Grouping.WINDOW,
            grouping_window=0 if isinstance(one.grouping, str) else one.grouping,
            acknowledge_timeout=one.acknowledge_timeout or None,
        )
        for one in state.services.values()
        for row in (ids.kinds["services"][one.name],)
    }


def _policies(state: State, ids: Ids) -> dict[int, Policy]:
    def targets(some: Iterable[told.Target]) -> tuple[Target, ...]:
        return tuple(Target(one.kind, ids.kinds[KINDS[one.kind]][one.name]) for one in some)

    return {
        row: Policy(
            id=row,
            name=one.name,
            steps=tuple(PolicyStep(step.wait, targets(step.page), step.whom, step.only) for step in one.steps),
            repeat=one.repeat,
            fallback=targets(one.fallback),
        )
        for one in state.escalation_policies.values()
        for row in (ids.kinds["escalation_policies"][one.name],)
    }
