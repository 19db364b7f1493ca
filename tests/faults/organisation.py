"""Who is paged here: several services, each with a team of one, a machine that takes its pages, and a key of its own."""

import json

import psycopg

from watchbill.runtime.seal import hash_of_key

SERVICES = (1, 2, 3, 4)
NO_SECOND_STEP = 86400  # seconds; what is counted here is the first page
METHOD = """
INSERT INTO contact_method (id, person_id, name, channel, settings, enabled)
VALUES (%(n)s, %(n)s, 'first', 'webhook', %(settings)s, true)
"""
SERVICE = """
INSERT INTO service (id, name, description, team_id, policy_id, urgency, grouping, grouping_window, active)
VALUES (%(n)s, %(name)s, '', %(n)s, %(n)s, 'by_severity', 'off', 0, true)
"""
STATEMENTS = (
    "INSERT INTO team (id, name) VALUES (%(n)s, %(name)s)",
    "INSERT INTO escalation_policy (id, name, team_id, repeat) VALUES (%(n)s, %(name)s, %(n)s, 0)",
    "INSERT INTO person (id, email, name, time_zone, active) VALUES (%(n)s, %(mail)s, %(name)s, 'UTC', true)",
    "INSERT INTO membership (team_id, person_id, role, position) VALUES (%(n)s, %(n)s, 'responder', 1)",
    METHOD,
    "INSERT INTO notification_rule (person_id, urgency, delay, method_id) VALUES (%(n)s, 'high', 0, %(n)s)",
    "INSERT INTO policy_step (id, policy_id, position, delay) VALUES (%(n)s, %(n)s, 1, %(wait)s)",
    "INSERT INTO policy_target (policy_id, step_id, position, person_id) VALUES (%(n)s, %(n)s, 0, %(n)s)",
    SERVICE,
    "INSERT INTO integration (service_id, name, kind, key_sha256, key_begins) VALUES (%(n)s, 'a', 'any', %(key)s, '')",
)


def key_of(service: int) -> str:
    """The integration key of a service."""
    return f"wb{service:02}".ljust(32, "f")


def found(database_url: str, provider_url: str) -> None:
    """Writes all of them into an empty database."""
    with psycopg.connect(database_url) as link:
        for number in SERVICES:
            values = {
                "n": number,
                "name": f"service {number}",
                "mail": f"person-{number}@example.org",
                "settings": json.dumps({"url": f"{provider_url}/{number}"}),
                "wait": NO_SECOND_STEP,
                "key": hash_of_key(key_of(number)),
            }
            for statement in STATEMENTS:
                link.execute(statement, values)
        link.execute("UPDATE configuration SET version = version + 1")
