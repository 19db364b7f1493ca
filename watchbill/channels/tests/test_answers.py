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
    """Ana and Bo in one team, which owns payments-api; incidents 1 (nobody's), 2 (Bo's), 3 (acknowledged by
    a monitor), 4 (by somebody without a name). Number 1 has two alerts."""
    run = database.link.execute
    run("INSERT INTO team (id, name) VALUES (1, 'Checkout')")
    for number, name, zone in ((1, "Ana Silva", "Europe/Lisbon"), (2, "Bo Li", "Asia/Shanghai")):
        run(
            "INSERT INTO person (id, email, name, time_zone, active) VALUES (%s, %s, %s, %s, true)",
            [number, f"{number}@example.com", name, zone],
        )
    run("SET session_replication_role = replica")  # the policy of the service is another chapter's
    run(
        "INSERT INTO service (id, name, description, team_id, policy_id, urgency, grouping, grouping_window, active) "
        "VALUES (7, 'payments-api', '', 1, 1, 'by_severity', 'off', 0, true)"
    )
    run("SET session_replication_role = origin")
    for number, status, holder in (
        (1, "triggered", 0),
        (2, "acknowledged", 2),
        (3, "acknowledged", 0),
        (4, "acknowledged", 0),
    ):
        run(
            "INSERT INTO incident (id, service_id, policy_id, title, severity, urgency, status, opened_at, changed_at, "
            "acknowledged_by, snoozed, alerts_open, alerts_total, ladder) "
            "VALUES (%s, 7, 1, 'Card payments fail', 'critical', 'high', %s, %s, %s, %s, false, 1, 1, '{}')",
            [number, status, OPENED, OPENED, holder],
        )
    for number, reason in ((3, "acknowledged"), (3, "acknowledged_by_monitor"), (4, "acknowledged")):
        run(
            "INSERT INTO journal (at, incident_id, kind, what, reason, by_id, via, data) "
            "VALUES (%s, %s, 'fact', '', %s, 0, '', '{}')",
            [OPENED, number, reason],
        )
    run("SET session_replication_role = replica")
    for source, links in (("lb-3", '[{"href": "https://a.example"}]'), ("lb-4", '[{"href": "https://b.example"}]')):
        run(
            "INSERT INTO alert (service_id, incident_id, integration_id, dedup_key, summary, severity, source, "
            "first_at, last_at, count, content, body) VALUES (7, 1, 1, %s, '', 'critical', %s, %s, %s, 1, 0, "
            "jsonb_build_object('links', %s::jsonb))",
            [source, source, OPENED, OPENED, links],
        )
    run("SET session_replication_role = origin")
    return database


@pytest.mark.parametrize(
    ("number", "status", "holder", "by_monitor"),
    [
        (1, Status.TRIGGERED, "", False),
        (2, Status.ACKNOWLEDGED, "Bo Li", False),
        (3, Status.ACKNOWLEDGED, "", True),
        (4, Status.ACKNOWLEDGED, "", False),
    ],
)
async def test_an_incident_is_read_with_its_service_and_who_has_it(
    house: Database, number: int, status: Status, holder: str, by_monitor: bool
) -> None:
    seen = await answers.about(number, 0)
    told = ("lb-3", "https://a.example") if number == 1 else ("", "")
    assert seen == IncidentGlance(
        number, "Card payments fail", "payments-api", Severity.CRITICAL, status, OPENED, holder, by_monitor, *told
    )


@pytest.mark.parametrize(("reader", "zone"), [(0, "UTC"), (1, "Europe/Lisbon"), (2, "Asia/Shanghai"), (99, "UTC")])
async def test_the_time_zone_is_that_of_whoever_looks(house: Database, reader: int, zone: str) -> None:
    seen = await answers.about(2, reader)
    assert seen is not None
    assert seen.zone == zone


async def test_an_incident_that_is_not_there_is_none(house: Database) -> None:
    assert await answers.about(5, 1) is None
    assert await answers.about(2**62, 2**62) is None


def test_it_is_one_query(house: Database) -> None:
    counter = _Counter()
    with connection.execute_wrapper(counter):
        answers.about.func(1, 1)  # type: ignore[attr-defined]  # what sync_to_async wraps
    assert counter.count == 1


class _Counter:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute, sql, params, many, context):  # type: ignore[no-untyped-def]  # Django's own shape
        self.count += 1
        return execute(sql, params, many, context)
