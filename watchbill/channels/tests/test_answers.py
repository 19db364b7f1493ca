"""What the answer page reads from the database."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from tests.database import Database
from watchbill.channels import answers
from watchbill.channels.answers import IncidentGlance
from watchbill.engine.words import Severity, Status

OPENED = datetime(2026, 11, 22, 13, 26, 42, tzinfo=UTC)


@pytest.fixture
def house(database: Database) -> Database:
    """Ana and Bo in one team, which owns payments-api; incidents 1 (nobody's), 2 (Bo's), 3 (acknowledged by a monitor)."""
    run = database.link.execute
    run("INSERT INTO team (id, name) VALUES (1, 'Checkout')")
    for number, name in ((1, "Ana Silva"), (2, "Bo Li")):
        run(
            "INSERT INTO person (id, email, name, time_zone, active) VALUES (%s, %s, %s, 'UTC', true)",
            [number, f"{number}@example.com", name],
        )
    run("SET session_replication_role = replica")  # the policy of the service is another chapter's
    run(
        "INSERT INTO service (id, name, description, team_id, policy_id, urgency, grouping, grouping_window, active) "
        "VALUES (7, 'payments-api', '', 1, 1, 'by_severity', 'off', 0, true)"
    )
    run("SET session_replication_role = origin")
    for number, status, holder in ((1, "triggered", 0), (2, "acknowledged", 2), (3, "acknowledged", 0)):
        run(
            "INSERT INTO incident (id, service_id, policy_id, title, severity, urgency, status, opened_at, changed_at, "
            "acknowledged_by, snoozed, alerts_open, alerts_total, ladder) "
            "VALUES (%s, 7, 1, 'Card payments fail', 'critical', 'high', %s, %s, %s, %s, false, 1, 1, '{}')",
            [number, status, OPENED, OPENED, holder],
        )
    return database


@pytest.mark.parametrize(
    ("number", "status", "holder"),
    [(1, Status.TRIGGERED, ""), (2, Status.ACKNOWLEDGED, "Bo Li"), (3, Status.ACKNOWLEDGED, "")],
)
async def test_an_incident_is_read_with_its_service_and_who_has_it(
    house: Database, number: int, status: Status, holder: str
) -> None:
    seen = await answers.about(number)
    assert seen == IncidentGlance(
        number, "Card payments fail", "payments-api", Severity.CRITICAL, status, OPENED, holder
    )


async def test_an_incident_that_is_not_there_is_none(house: Database) -> None:
    assert await answers.about(4) is None
    assert await answers.about(2**62) is None


def test_it_is_one_query(house: Database) -> None:
    counter = _Counter()
    with connection.execute_wrapper(counter):
        answers.about.func(1)  # type: ignore[attr-defined]  # what sync_to_async wraps
    assert counter.count == 1


class _Counter:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute, sql, params, many, context):  # type: ignore[no-untyped-def]  # Django's own shape
        self.count += 1
        return execute(sql, params, many, context)
