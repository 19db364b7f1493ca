"""People and teams, from rows to the rules' directory."""

from typing import Any

from psycopg import AsyncConnection

from watchbill.engine.directory import ContactMethod, NotificationRule, Person, Team
from watchbill.engine.words import Role, Urgency

METHODS = "SELECT person_id, id, channel, enabled FROM contact_method ORDER BY id"
RULES = "SELECT person_id, urgency, delay, method_id FROM notification_rule ORDER BY delay, id"
PEOPLE = "SELECT id, name, active FROM person"
TEAMS = "SELECT id, name FROM team"
MEMBERS = "SELECT team_id, person_id, role FROM membership ORDER BY position, id"


async def people(link: AsyncConnection[Any]) -> dict[int, Person]:
    """Every person by id, with contact methods and rules."""
    methods: dict[int, list[ContactMethod]] = {}
    for person, id_, channel, enabled in await (await link.execute(METHODS)).fetchall():
        methods.setdefault(person, []).append(ContactMethod(id_, channel, enabled))
    rules: dict[int, list[NotificationRule]] = {}
    for person, urgency, delay, method in await (await link.execute(RULES)).fetchall():
        rules.setdefault(person, []).append(NotificationRule(Urgency(urgency), delay, method))
    return {
        id_: Person(id_, name, tuple(methods.get(id_, ())), tuple(rules.get(id_, ())), active)
        for id_, name, active in await (await link.execute(PEOPLE)).fetchall()
    }


async def teams(link: AsyncConnection[Any]) -> dict[int, Team]:
    """Every team by id, with its members."""
    members: dict[int, list[tuple[int, Role]]] = {}
    for team, person, role in await (await link.execute(MEMBERS)).fetchall():
        members.setdefault(team, []).append((person, Role(role)))
    return {
        id_: Team(id_, name, tuple(members.get(id_, ()))) for id_, name in await (await link.execute(TEAMS)).fetchall()
    }
