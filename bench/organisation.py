"""The made-up organisation that is paged: people, teams, services. Written by SQL, for thousands of them at once."""

from collections.abc import Sequence
from typing import Any

import psycopg
from msgspec import Struct
from psycopg.types.json import Jsonb

from watchbill.runtime.seal import hash_of_key, new_integration_key

ADD_PERSON = "INSERT INTO person (email, name, time_zone, active) VALUES (%s, %s, 'UTC', true) RETURNING id"
ADD_METHOD = (
    "INSERT INTO contact_method (person_id, name, channel, settings, enabled) VALUES (%s, 'main', %s, %s, true)"
)
ADD_TEAM = "INSERT INTO team (name) VALUES (%s) RETURNING id"
ADD_MEMBER = "INSERT INTO membership (team_id, person_id, role, position) VALUES (%s, %s, 'responder', %s)"
ADD_POLICY = "INSERT INTO escalation_policy (name, team_id, repeat) VALUES (%s, %s, 0) RETURNING id"
ADD_STEP = "INSERT INTO policy_step (policy_id, position, delay) VALUES (%s, %s, %s) RETURNING id"
ADD_TARGET = "INSERT INTO policy_target (policy_id, step_id, position, person_id) VALUES (%s, %s, 0, %s)"
ADD_SERVICE = """
INSERT INTO service (name, description, team_id, policy_id, urgency, grouping, grouping_window, active)
VALUES (%s, '', %s, %s, 'by_severity', 'off', 0, true) RETURNING id
"""
ADD_INTEGRATION = """
INSERT INTO integration (service_id, name, kind, key_sha256, key_begins) VALUES (%s, 'bench', 'events_v2', %s, %s)
"""
STEP_WAITS = 24 * 3600  # seconds: nothing escalates unless the bench says so


class Person(Struct, frozen=True):
    """Somebody who is paged over one contact method."""

    id: int


class Service(Struct, frozen=True):
    """A service and the key of its one integration."""

    id: int
    key: str


def add_person(link: psycopg.Connection[Any], name: str, *, channel: str, settings: dict[str, str]) -> Person:
    """A person with one contact method and no rules, so that it is used at once."""
    id_ = _id(link, ADD_PERSON, f"{name}@bench.invalid", name)
    link.execute(ADD_METHOD, [id_, channel, Jsonb(settings)])
    return Person(id_)


def by_webhook(link: psycopg.Connection[Any], name: str, provider_url: str, path: str) -> Person:
    """A person who gets every page by itself, at `path` of the provider."""
    return add_person(link, name, channel="webhook", settings={"url": f"{provider_url}/{path}"})


def add_service(link: psycopg.Connection[Any], name: str, *steps: Sequence[Person]) -> Service:
    """A service with a team and a policy of its own; each step pages these people."""
    team = _id(link, ADD_TEAM, name)
    members = {person.id for step in steps for person in step}
    for position, person in enumerate(sorted(members)):
        link.execute(ADD_MEMBER, [team, person, position])
    policy = _id(link, ADD_POLICY, name, team)
    for position, step in enumerate(steps):
        step_id = _id(link, ADD_STEP, policy, position, STEP_WAITS)
        for one in step:
            link.execute(ADD_TARGET, [policy, step_id, one.id])
    service = _id(link, ADD_SERVICE, name, team, policy)
    key = new_integration_key()
    link.execute(ADD_INTEGRATION, [service, hash_of_key(key), key[:6]])
    return Service(service, key)


def publish(link: psycopg.Connection[Any]) -> None:
    """Makes nodes read the configuration anew."""
    link.execute("UPDATE configuration SET version = version + 1")


def _id(link: psycopg.Connection[Any], statement: str, *parameters: object) -> int:
    row = link.execute(statement.encode(), parameters).fetchone()
    assert row is not None, "RETURNING answers a row"
    id_: int = row[0]
    return id_
