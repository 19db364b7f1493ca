"""A rota to edit: Ana, Bo and Cy by the week, on Mondays at 09:00 in Madrid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.duty.shifts import on_duty

PEOPLE = "ana@example.org, bo@example.org, cy@example.org"
ROTA = f"""\
watchbill: 1
teams:
  - name: Payments
    members: [ana@example.org, bo@example.org]
users:
  - {{email: ana@example.org, name: Ana, contact_methods: [{{name: mail, channel: email, address: a@example.org}}]}}
  - {{email: bo@example.org, name: Bo, contact_methods: [{{name: mail, channel: email, address: b@example.org}}]}}
  - {{email: cy@example.org, name: Cy, contact_methods: [{{name: mail, channel: email, address: c@example.org}}]}}
  - {{email: di@example.org, name: Di, contact_methods: [{{name: mail, channel: email, address: d@example.org}}]}}
schedules:
  - name: Primary
    team: Payments
    time_zone: Europe/Madrid
    rotations:
      - name: weekly
        people: [{PEOPLE}]
        hand_off: every week on monday at 09:00
escalation_policies:
  - name: Payments
    steps:
      - page: [{{schedule: Primary}}]
        wait: 5m
"""
MONDAY = datetime(2026, 11, 30, 8, tzinfo=UTC)  # 09:00 in Madrid
WEDNESDAY = datetime(2026, 12, 2, 15, tzinfo=UTC)  # Ana is on duty
WEEK = timedelta(days=7)


def nodes_know(ask: Any) -> dict[str, Schedule]:
    """The schedules as a running node loads them, by name."""
    from watchbill import wiring

    found = ask(lambda link: wiring.directory(link, 0))
    return {schedule.name: schedule for schedule in found.schedules.values()}


def who(schedule: Schedule, at: datetime) -> str:
    """Who is on duty, by name."""
    return " ".join(schedule.names[duty.person] for duty in on_duty(schedule, at) if not duty.shadow)


def turns(schedule: Schedule, *, weeks: int = 4) -> list[str]:
    """Who is on duty on the Wednesday of the edit, and on those that follow."""
    return [who(schedule, WEDNESDAY + number * WEEK) for number in range(weeks)]


def foreseen(house: Any, text: str) -> dict[str, Schedule]:
    """The same of a file that is not applied."""
    from watchbill.configuration import actions

    found = actions.foresee_file(house.asked(text), house.seal)
    return {schedule.name: schedule for schedule in found.directory.schedules.values()}


def said(plan: Any) -> dict[str, tuple[str | None, str | None]]:
    """What a plan changes: old and new, by path."""
    return {" › ".join(field.path): (field.old, field.new) for change in plan.changes for field in change.fields}
