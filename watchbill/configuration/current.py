"""Rows to plain data: all that is configured, by name, in a handful of queries."""

import json
from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.models import QuerySet

from watchbill.catalog.models import Integration as IntegrationRow
from watchbill.catalog.models import Service as ServiceRow
from watchbill.configuration.current_schedules import absences, load_schedules
from watchbill.configuration.state import (
    Ids,
    Integration,
    Member,
    Method,
    Policy,
    PolicyStep,
    Rule,
    Secret,
    Service,
    State,
    Stored,
    Target,
    Team,
    User,
    Window,
    window_title,
)
from watchbill.engine.directory import Condition
from watchbill.engine.words import Role, TargetKind, Whom
from watchbill.incidents.models import Incident, MaintenanceWindow
from watchbill.paging.models import EscalationPolicy, PolicyTarget
from watchbill.paging.models import PolicyStep as StepRow
from watchbill.people.models import ContactMethod, Membership, NotificationRule, Person
from watchbill.people.models import Team as TeamRow
from watchbill.runtime.clock import NOW
from watchbill.runtime.seal import SEALED, is_sealed

Names = dict[int, str]


def load() -> Stored:
    """What the database holds now. Reads several times: call it inside a transaction that keeps others out, or take
    the answer for a picture of about now."""
    now = _now()
    users = dict(_ordered(Person, "email").values_list("id", "email"))
    teams = dict(_ordered(TeamRow, "name").values_list("id", "name"))
    policies = dict(_ordered(EscalationPolicy, "name").values_list("id", "name"))
    services = dict(_ordered(ServiceRow, "name").values_list("id", "name"))
    methods, method_ids = _methods(users)
    integrations, integration_ids = _integrations(services)
    windows, window_ids, over = _windows(services, now)
    schedules, schedule_ids, rotation_ids, rota = load_schedules(users, teams, now)
    open_incidents, climbed = _open_incidents(services, policies)
    state = State(
        teams=_teams(teams, users),
        users=_users(methods, {row: name for (_, name), row in method_ids.items()}),
        schedules=schedules,
        escalation_policies=_policies(
            policies,
            {
                TargetKind.USER: users,
                TargetKind.TEAM: teams,
                TargetKind.SCHEDULE: {row: n for n, row in schedule_ids.items()},
            },
        ),
        services=_services(teams, policies, integrations),
        maintenance_windows=windows,
    )
    kinds = {
        "teams": {name: row for row, name in teams.items()},
        "users": {name: row for row, name in users.items()},
        "schedules": schedule_ids,
        "escalation_policies": {name: row for row, name in policies.items()},
        "services": {name: row for row, name in services.items()},
        "maintenance_windows": window_ids,
    }
    ids = Ids(kinds, method_ids, integration_ids, rotation_ids)
    return Stored(state, ids, now, open_incidents, climbed, over, rota)


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(NOW)
        now: datetime = cursor.fetchone()[0]
        return now


def _ordered(model: Any, *by: str) -> "QuerySet[Any, Any]":
    rows: QuerySet[Any, Any] = model.objects.order_by(*by)
    return rows


def _teams(teams: Names, users: Names) -> dict[str, Team]:
    members: dict[int, list[Member]] = defaultdict(list)
    for team, person, role in _ordered(Membership, "team_id", "position", "id").values_list(
        "team_id", "person_id", "role"
    ):
        members[team].append(Member(users[person], Role(role)))
    return {name: Team(name, tuple(members[row])) for row, name in teams.items()}


def _methods(users: Names) -> tuple[dict[str, dict[str, Method]], dict[tuple[str, str], int]]:
    found: dict[str, dict[str, Method]] = defaultdict(dict)
    ids = {}
    rows = _ordered(ContactMethod, "id").values_list("id", "person_id", "name", "channel", "enabled", "settings")
    for row, person, name, channel, enabled, settings in rows:
        found[users[person]][name] = Method(
            name, channel, enabled, {k: v for k, s in settings.items() if (v := _setting(s))}
        )
        ids[users[person], name] = row
    return found, ids


def _setting(value: Any) -> str | Secret:
    """Settings of a file are text; empty ones count as not given."""
    if is_sealed(value):
        return Secret(sealed=value[SEALED])
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _users(methods: dict[str, dict[str, Method]], method_names: Names) -> dict[str, User]:
    rules: dict[tuple[int, str], list[Rule]] = defaultdict(list)
    for person, urgency, delay, method in _ordered(NotificationRule, "id").values_list(
        "person_id", "urgency", "delay", "method_id"
    ):
        rules[person, urgency].append(Rule(delay, method_names[method]))
    away = absences()
    rows = _ordered(Person, "email").values_list("id", "email", "name", "time_zone", "active")
    return {
        email: User(
            email, name, time_zone, active, methods.get(email, {}),
            tuple(sorted(rules.get((row, "high"), ()))), tuple(sorted(rules.get((row, "low"), ()))),
            away.get(row),
        )
        for row, email, name, time_zone, active in rows
    }  # fmt: skip


def _policies(policies: Names, names: dict[TargetKind, Names]) -> dict[str, Policy]:
    targets: dict[tuple[int, int | None], list[Target]] = defaultdict(list)
    columns = ("policy_id", "step_id", "person_id", "team_id", "schedule_id")
    for policy, step, *one_of in _ordered(PolicyTarget, "position", "id").values_list(*columns):
        kind, row = next((kind, row) for kind, row in zip(TargetKind, one_of, strict=True) if row is not None)
        targets[policy, step].append(Target(kind, names[kind][row]))
    steps: dict[int, list[PolicyStep]] = defaultdict(list)
    columns = ("id", "policy_id", "delay", "whom", "only")
    for step, policy, delay, whom, only in _ordered(StepRow, "policy_id", "position").values_list(*columns):
        condition = None if only is None else msgspec.convert(only, Condition)
        steps[policy].append(PolicyStep(tuple(targets[policy, step]), delay, Whom(whom), condition))
    teams = names[TargetKind.TEAM]
    rows = EscalationPolicy.objects.in_bulk()
    return {
        name: Policy(
            name, teams[owner] if (owner := rows[row].team_id) is not None else "", rows[row].repeat,
            tuple(steps[row]), tuple(targets[row, None]),
        )
        for row, name in policies.items()
    }  # fmt: skip


def _integrations(services: Names) -> tuple[dict[str, dict[str, Integration]], dict[tuple[str, str], int]]:
    found: dict[str, dict[str, Integration]] = defaultdict(dict)
    ids = {}
    rows = _ordered(IntegrationRow, "id").values_list("id", "service_id", "name", "kind", "key_sha256", "key_begins")
    for row, service, name, kind, sha256, begins in rows:
        found[services[service]][name] = Integration(name, kind, sha256, begins)
        ids[services[service], name] = row
    return found, ids


def _services(teams: Names, policies: Names, integrations: dict[str, dict[str, Integration]]) -> dict[str, Service]:
    return {
        row.name: Service(
            name=row.name,
            team=teams[row.team_id],
            policy=policies[row.policy_id],
            description=row.description,
            urgency=row.urgency,
            grouping=row.grouping_window if row.grouping == "window" else row.grouping,
            acknowledge_timeout=row.acknowledge_timeout or 0,
            active=row.active,
            integrations=integrations.get(row.name, {}),
        )
        for row in _ordered(ServiceRow, "name")
    }


def _windows(services: Names, now: datetime) -> tuple[dict[str, Window], dict[str, int], frozenset[str]]:
    named: dict[int, list[str]] = defaultdict(list)
    pairs = MaintenanceWindow.services.through.objects.values_list("maintenancewindow_id", "service_id")
    for window, service in pairs:
        named[window].append(services[service])
    windows, ids, over, seen = {}, {}, set(), Counter[str]()
    for row in _ordered(MaintenanceWindow, "starts_at", "id"):
        plain = window_title(row.reason, row.starts_at)
        title = window_title(row.reason, row.starts_at, seen[plain])
        seen[plain] += 1
        windows[title] = Window(row.reason, row.starts_at, row.ends_at, tuple(sorted(named[row.id])))
        ids[title] = row.id
        if row.ends_at <= now:
            over.add(title)
    return windows, ids, frozenset(over)


def _open_incidents(services: Names, policies: Names) -> tuple[dict[str, tuple[int, ...]], frozenset[str]]:
    numbers: dict[str, list[int]] = defaultdict(list)
    climbed = set()
    rows = Incident.objects.exclude(status="resolved").order_by("id").values_list("id", "service", "policy")
    for number, service, policy in rows:
        if service in services:
            numbers[services[service]].append(number)
        if policy in policies:
            climbed.add(policies[policy])
    return {name: tuple(found) for name, found in numbers.items()}, frozenset(climbed)
