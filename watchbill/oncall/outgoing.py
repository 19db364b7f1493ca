"""Notices on their way out: claimed for a minute, told by whoever claimed them, and written back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from psycopg import AsyncConnection

from watchbill.engine.directory import ContactMethod, NotificationRule, Person
from watchbill.engine.words import Urgency

# A claim moves `due_at` on and counts one more attempt. Whoever reports later names the attempt; where another claim has
# passed by meanwhile, nothing is written.
CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM notice WHERE state = 'due' AND due_at <= (SELECT app_now()) ORDER BY due_at LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
)
UPDATE notice n SET due_at = app_now() + interval '60 seconds', attempts = n.attempts + 1
FROM due WHERE n.id = due.id
RETURNING n.id, n.attempts, n.person_id, n.kind, n.subject, n.body, coalesce(n.incident_id, 0), n.created_at, app_now()
"""
PEOPLE = "SELECT id, name, active, time_zone FROM person WHERE id = ANY(%b)"
METHODS = (
    "SELECT person_id, id, channel, enabled, settings::text FROM contact_method WHERE person_id = ANY(%b) ORDER BY id"
)
RULES = """
SELECT person_id, urgency, delay, method_id FROM notification_rule WHERE person_id = ANY(%b) ORDER BY delay, id
"""
SETTLE = """
UPDATE notice SET state = %(state)s, due_at = %(due_at)s, detail = %(detail)s,
    settled_at = CASE WHEN %(due_at)s::timestamptz IS NULL THEN app_now() END
WHERE id = %(id)s AND state = 'due' AND attempts = %(attempt)s
"""
BACKLOG = """
SELECT count(*) FILTER (WHERE state = 'due'), count(*) FILTER (WHERE state = 'failed') FROM notice
WHERE state = 'due' OR (state = 'failed' AND settled_at > (SELECT app_now()) - interval '24 hours')
"""


class Outgoing(Struct, frozen=True):
    """A claimed notice. `person`: whom it is for, as now; `zone`: theirs. `settings`: of their contact methods by id, as
    stored. `incident`: number, or 0. `at`: when it was claimed, by the database's clock."""

    id: int
    attempt: int
    person: Person
    zone: str
    settings: Mapping[int, str]
    kind: str
    subject: str
    body: str
    incident: int
    created_at: datetime
    at: datetime


class Backlog(Struct, frozen=True):
    """Notices on their way. `failed_last_day`: given up in the last 24 hours."""

    due: int
    failed_last_day: int


async def claim(link: AsyncConnection[Any], *, most: int) -> tuple[Outgoing, ...]:
    """Claims what is due for a minute, at most so many, inside the caller's transaction."""
    rows = await (await link.execute(CLAIM, {"most": most})).fetchall()
    if not rows:
        return ()
    whom = sorted({row[2] for row in rows})
    settings: dict[int, dict[int, str]] = {}
    methods: dict[int, list[ContactMethod]] = {}
    for person, id_, channel, enabled, stored in await (await link.execute(METHODS, [whom])).fetchall():
        methods.setdefault(person, []).append(ContactMethod(id_, channel, enabled))
        settings.setdefault(person, {})[id_] = stored
    rules: dict[int, list[NotificationRule]] = {}
    for person, urgency, delay, method in await (await link.execute(RULES, [whom])).fetchall():
        rules.setdefault(person, []).append(NotificationRule(Urgency(urgency), delay, method))
    people = {
        id_: (Person(id_, name, tuple(methods.get(id_, ())), tuple(rules.get(id_, ())), active), zone)
        for id_, name, active, zone in await (await link.execute(PEOPLE, [whom])).fetchall()
    }
    return tuple(
        Outgoing(id_, attempt, *people.get(person, (Person(person, "?"), "UTC")), settings.get(person, {}), *rest)
        for id_, attempt, person, *rest in rows
    )


async def settle(
    link: AsyncConnection[Any], notice: Outgoing, *, state: str, due_at: datetime | None, detail: str
) -> bool:
    """Writes what became of an attempt: `state` sent, failed, or due again at `due_at`. False where the claim was lost."""
    told = {"id": notice.id, "attempt": notice.attempt, "state": state, "due_at": due_at, "detail": detail}
    return (await link.execute(SETTLE, told)).rowcount == 1


async def backlog(link: AsyncConnection[Any]) -> Backlog:
    """What waits, and what was given up."""
    row = await (await link.execute(BACKLOG)).fetchone()
    assert row is not None
    return Backlog(*row)
