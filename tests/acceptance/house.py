"""The house in which a story is told: people, teams, policies, schedules and services, as rows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self

import msgspec

from tests.database import Database
from watchbill.catalog.models import Service
from watchbill.engine.directory import Condition
from watchbill.engine.duty.schedule import HandOff, Hours, OverrideKind
from watchbill.engine.words import Role, Whom
from watchbill.incidents.models import MaintenanceWindow
from watchbill.oncall.models import Override, Rotation, RotationEdition, Schedule
from watchbill.oncall.plan import Plan, Seat
from watchbill.paging.models import EscalationPolicy, PolicyStep, PolicyTarget
from watchbill.people.models import ContactMethod, Membership, NotificationRule, Person, Team

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Rung(NamedTuple):
    """A step of a policy. `targets`: people, schedules or teams, by name. `delay`: seconds."""

    targets: tuple[str, ...]
    delay: int = 300
    whom: Whom = Whom.ON_DUTY
    only: Condition | None = None


def target_named(name: str) -> dict[str, Any]:
    """The person, the schedule or the team of this name, as a column of a target."""
    kinds = (("person", Person), ("schedule", Schedule), ("team", Team))
    found = ((column, kind.objects.filter(name=name).first()) for column, kind in kinds)
    return next({column: row} for column, row in found if row is not None)


class House:
    """The cast is Ana, who is on duty, Bo, who is on her team, and Cy, who is outside. A change is seen by the next
    batch, as in production."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @property
    def now(self) -> datetime:
        """The story's time."""
        row = self.database.link.execute("SELECT app_now()").fetchone()
        assert row is not None
        return row[0]

    def cast(self, *, steps: tuple[tuple[str, int], ...] = (("Ana", 300), ("Bo", 300)), repeat: int = 0) -> Self:
        """Ana and Bo in team Payments, Cy in team Search, a service of each. `steps`: whom, and seconds."""
        payments, search = (Team.objects.create(name=name) for name in ("Payments", "Search"))
        for position, (name, team) in enumerate((("Ana", payments), ("Bo", payments), ("Cy", search))):
            person = Person.objects.create(name=name, email=f"{name.lower()}@example.org")
            Membership.objects.create(team=team, person=person, role=Role.RESPONDER, position=position)
            self.rule(name, "sms", 0)
        self.policy("Payments", steps, team=payments, repeat=repeat)
        self.policy("Search", (("Cy", 300),), team=search)
        self.service("checkout", team=payments, policy="Payments")
        self.service("search", team=search, policy="Search")
        return self

    def rule(self, name: str, channel: str, after: int, *, urgency: str = "high") -> None:
        """A contact method over this channel, and a rule that uses it after so many seconds."""
        person = Person.objects.get(name=name)
        method, _ = ContactMethod.objects.get_or_create(person=person, name=channel, channel=channel)
        NotificationRule.objects.create(person=person, urgency=urgency, delay=after, method=method)
        self._configured()

    def team(self, name: str) -> Team:
        """A team by name."""
        return Team.objects.get(name=name)

    def policy(
        self,
        name: str,
        steps: Sequence[tuple[str, int] | Rung],
        *,
        team: Team,
        repeat: int = 0,
        fallback: Sequence[str] = (),
    ) -> None:
        """An escalation policy. Its steps page a person or a schedule, by name; its fallback, unless given, is its team."""
        policy = EscalationPolicy.objects.create(name=name, team=team, repeat=repeat)
        for position, one in enumerate(steps):
            rung = one if isinstance(one, Rung) else Rung((one[0],), one[1])
            step = PolicyStep.objects.create(
                policy=policy,
                position=position,
                delay=rung.delay,
                whom=rung.whom,
                only=msgspec.to_builtins(rung.only) if rung.only is not None else None,
            )
            for place, target in enumerate(rung.targets):
                PolicyTarget.objects.create(policy=policy, step=step, position=place, **target_named(target))
        for place, target in enumerate(fallback or (team.name,)):
            PolicyTarget.objects.create(policy=policy, position=place, **target_named(target))
        self._configured()

    def pages_by(self, *steps: tuple[str, int] | Rung, service: str = "checkout", **more: Any) -> Self:
        """The service gets a policy of these steps in place of its own."""
        row = Service.objects.get(name=service)
        name = f"Policy {EscalationPolicy.objects.count() + 1}"
        self.policy(name, steps, team=row.team, **more)
        self.set_service(service, policy_id=EscalationPolicy.objects.get(name=name).id)
        return self

    def schedule(self, name: str, *, zone: str = "UTC", team: str = "Payments", hours: Sequence[Hours] = ()) -> Self:
        """A schedule without rotations. `hours`: in which somebody has to be there."""
        owner = Team.objects.get(name=team)
        Schedule.objects.create(name=name, team=owner, time_zone=zone, hours=msgspec.to_builtins(tuple(hours)))
        self._configured()
        return self

    def rotation(
        self,
        schedule: str,
        people: Sequence[str],
        hand_off: HandOff,
        *,
        name: str = "Weekly",
        hours: Sequence[Hours] = (),
        shadows: Sequence[str] = (),
        shadow: bool = False,
    ) -> Self:
        """A rotation of single people, in the schedule's zone, which was always so."""
        house = Schedule.objects.get(name=schedule)
        row = Rotation.objects.create(schedule=house, name=name, position=house.rotations.count(), shadow=shadow)
        seats = {one.name: Seat(person=one.id) for one in Person.objects.all()}
        plan = Plan(
            house.time_zone,
            hand_off,
            tuple((seats[who],) for who in people),
            hours=tuple(hours),
            shadows=tuple(seats[who] for who in shadows),
        )
        RotationEdition.objects.create(rotation=row, since=LONG_AGO, plan=msgspec.to_builtins(plan))
        self._configured()
        return self

    def override(
        self, schedule: str, kind: OverrideKind, *, hours: float, person: str = "", instead_of: str = ""
    ) -> None:
        """An override of a whole schedule, from now on, for so long."""
        people = {one.name: one for one in Person.objects.all()}
        Override.objects.create(
            schedule=Schedule.objects.get(name=schedule),
            kind=kind,
            person=people.get(person),
            instead_of=people.get(instead_of),
            since=self.now,
            until=self.now + timedelta(hours=hours),
            created_at=self.now,
        )
        self._configured()

    def service(self, name: str, *, team: Team, policy: str, **settings: Any) -> None:
        """A service."""
        policy_id = EscalationPolicy.objects.get(name=policy).id
        Service.objects.create(name=name, team=team, policy_id=policy_id, **settings)
        self._configured()

    def set_service(self, name: str, **settings: Any) -> None:
        """Changes a service."""
        Service.objects.filter(name=name).update(**settings)
        self._configured()

    def switch_off(self, name: str) -> None:
        """The person has left."""
        Person.objects.filter(name=name).update(active=False)
        self._configured()

    def maintenance(self, service: str, *, minutes: float) -> None:
        """From now on, for so long."""
        window = MaintenanceWindow.objects.create(
            starts_at=self.now, ends_at=self.now + timedelta(minutes=minutes), reason="planned"
        )
        window.services.add(Service.objects.get(name=service))
        self._configured()

    def _configured(self) -> None:
        self.database.link.execute("UPDATE configuration SET version = version + 1")
