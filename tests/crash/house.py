"""The people, services and policies of all scenarios: made once by Django's models, kept aside, put back with one call."""

from datetime import UTC, date, datetime

from msgspec import to_builtins
from psycopg import Connection, sql

from watchbill.catalog.models import Service
from watchbill.engine.duty.schedule import HandOff, Unit
from watchbill.engine.words import Role, Whom
from watchbill.oncall.models import Rotation, RotationEdition, Schedule
from watchbill.oncall.plan import Plan, Seat
from watchbill.paging.models import EscalationPolicy, PolicyStep, PolicyTarget
from watchbill.people.models import ContactMethod, Membership, NotificationRule, Person, Team

START = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)  # a Sunday night

ANA, BO, CY, DEE, EVE, FLO, GIL, HAL, IVY = range(1, 10)
CHECKOUT, SEARCH, GROUPED, TIMED, CHATTY, SLOW, RULES, ROTA = range(1, 9)

# Whom to reach over what, after how many seconds.
METHODS = {
    "Ana": (("sms", 0),),
    "Bo": (("sms", 0),),
    "Cy": (("sms", 0),),
    "Dee": (("chat", 0),),
    "Eve": (("slow", 0),),
    "Flo": (("sms", 0), ("email", 60)),
    "Gil": (("sms", 0),),
    "Hal": (("sms", 0),),
    "Ivy": (("sms", 0),),
}
# The policy of each team, in seconds; its fallback is the team.
TEAMS = {
    "Payments": (("Ana", 300), ("Bo", 300)),
    "Search": (("Cy", 300),),
    "Chat": (("Dee", 300),),
    "Slow": (("Eve", 300),),
    "Rules": (("Flo", 300), ("Bo", 300)),
}
SERVICES = (
    ("checkout", "Payments", {}),
    ("search", "Search", {}),
    ("grouped", "Payments", {"grouping": "open"}),
    ("timed", "Search", {"acknowledge_timeout": 600}),
    ("chatty", "Chat", {}),
    ("slow", "Slow", {}),
    ("rules", "Rules", {}),
    ("rota", "Rota", {}),
)
# The policy of team Rota pages one of those on duty, and then both; its fallback is Cy. Gil and Hal are always on duty, and
# Ivy shadows them.
ROTA_STEPS = ((Whom.ROUND_ROBIN, 300), (Whom.ON_DUTY, 300))

# What was configured, each after what it refers to.
KEPT = (
    "team",
    "person",
    "membership",
    "contact_method",
    "notification_rule",
    "schedule",
    "rotation",
    "rotation_edition",
    "escalation_policy",
    "policy_step",
    "policy_target",
    "service",
    "integration",
    "maintenance_window",
    "maintenance_window_services",
)
NUMBERED = ("incident", "alert", "page", "journal")
NOT_OURS = ("django_migrations", "configuration", "test_clock")


def build() -> None:
    """Makes the house in an empty database."""
    people = {name: Person.objects.create(name=name, email=f"{name.lower()}@example.org") for name in METHODS}
    for name, methods in METHODS.items():
        for channel, delay in methods:
            method = ContactMethod.objects.create(person=people[name], name=channel, channel=channel)
            NotificationRule.objects.create(person=people[name], urgency="high", delay=delay, method=method)
    for name, steps in TEAMS.items():
        team = Team.objects.create(name=name)
        policy = EscalationPolicy.objects.create(name=name, team=team)
        for position, (whom, seconds) in enumerate(steps):
            if whom == name or not team.memberships.filter(person=people[whom]).exists():
                Membership.objects.create(team=team, person=people[whom], role=Role.RESPONDER, position=position)
            step = PolicyStep.objects.create(policy=policy, position=position, delay=seconds)
            PolicyTarget.objects.create(policy=policy, step=step, person=people[whom])
        PolicyTarget.objects.create(policy=policy, team=team)
    _build_rota()
    for name, team_name, settings in SERVICES:
        team = Team.objects.get(name=team_name)
        Service.objects.create(name=name, team=team, policy_id=team.policies.get().id, **settings)
    assert people["Ivy"].id == IVY
    assert Service.objects.get(name="rota").id == ROTA


def _build_rota() -> None:
    team = Team.objects.create(name="Rota")
    for position, person in enumerate((GIL, HAL)):
        Membership.objects.create(team=team, person_id=person, role=Role.RESPONDER, position=position)
    schedule = Schedule.objects.create(name="Rota", team=team)
    rotation = Rotation.objects.create(schedule=schedule, name="Two")
    both = (Seat(GIL), Seat(HAL))
    plan = Plan("Europe/Berlin", HandOff(Unit.DAY, date(2026, 11, 1)), (both,), shadows=(Seat(IVY),))
    since = datetime(2026, 11, 1, tzinfo=UTC)
    RotationEdition.objects.create(rotation=rotation, since=since, plan=to_builtins(plan))
    policy = EscalationPolicy.objects.create(name="Rota", team=team)
    for position, (whom, seconds) in enumerate(ROTA_STEPS):
        step = PolicyStep.objects.create(policy=policy, position=position, delay=seconds, whom=whom)
        PolicyTarget.objects.create(policy=policy, step=step, schedule=schedule)
    PolicyTarget.objects.create(policy=policy, person_id=CY)


class House:
    """Puts a database back to where every story begins. `link`: commits each statement."""

    def __init__(self, link: Connection) -> None:
        rows = link.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        emptied = sorted({name for (name,) in rows} - {*KEPT, *NOT_OURS})
        self._empty = _statements("DELETE FROM {}", emptied) + _statements(
            "SELECT setval(pg_get_serial_sequence({}, 'id'), 1, false)", NUMBERED, literal=True
        )
        self._refurnish = (
            _statements("DELETE FROM {}", reversed(KEPT))
            + _statements("INSERT INTO {0} SELECT * FROM kept.{0}", KEPT)
            + sql.SQL("UPDATE configuration SET version = version + 1;")
        )
        self._shrink = sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, emptied)))

    def keep(self, link: Connection) -> None:
        """Keeps what is configured now as what every story begins with."""
        link.execute("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept")
        link.execute(_statements("CREATE TABLE kept.{0} AS TABLE {0}", KEPT))

    def restore(self, link: Connection, *, edited: bool, shrink: bool) -> None:
        """No incident, no page. `edited`: also what was configured, as it was kept. `shrink`: give room back."""
        if shrink:
            link.execute(self._shrink)
        link.execute(self._empty + self._refurnish if edited else self._empty)


def _statements(form: str, names: object, *, literal: bool = False) -> sql.Composed:
    one = sql.Literal if literal else sql.Identifier
    return sql.Composed([sql.SQL(form + ";").format(one(name)) for name in names])
