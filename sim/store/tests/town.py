"""A small configured town, written to PostgreSQL at random and read back as both stores need it."""

import json
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from psycopg import AsyncConnection

from sim.store.tables import Tables
from watchbill import wiring
from watchbill.engine.duty.schedule import HandOff, Unit
from watchbill.oncall.plan import Plan, Seat
from watchbill.runtime.database import as_json

CHANNELS = ("mail", "push", "hook")
SERVICES = (1, 2, 3, 4)
PEOPLE = (1, 2, 3, 4, 5)
METHODS = (11, 12, 21, 22, 31, 32, 41, 51)
POLICIES = (1, 2, 3)
SCHEDULES = (1, 2)
ZONES = ("UTC", "Europe/Berlin", "Asia/Tokyo")
URGENCIES = ("by_severity", "high", "low")
GROUPINGS = (("off", 0), ("open", 0), ("window", 600), ("off", 0))

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

Link = AsyncConnection[Any]


async def settle_town(link: Link, rng: Random, *, now: datetime, windows: bool = False) -> None:
    """Writes people, methods, rules, teams, schedules, policies and services. Person 4 is inactive, method 32 is switched
    off."""
    await _rows(
        link,
        "INSERT INTO person (id, email, name, time_zone, active) VALUES (%s, %s, %s, %s, %s)",
        [(id_, f"{id_}@example.org", f"person {id_}", rng.choice(ZONES), id_ != 4) for id_ in PEOPLE],
    )
    settings = [json.dumps(rng.choice(({}, {"to": f"m{id_}", "z": [1, 2.5]}))) for id_ in METHODS]
    await _rows(
        link,
        "INSERT INTO contact_method (id, person_id, name, channel, settings, enabled) VALUES (%s, %s, %s, %s, %s, %s)",
        [
            (id_, id_ // 10, f"m{id_}", CHANNELS[place % 3], told, id_ != 32)
            for place, (id_, told) in enumerate(zip(METHODS, settings, strict=True))
        ],
    )
    rules = [
        (id_ // 10, urgency, delay, id_)
        for id_ in METHODS
        for urgency in ("high", "low")
        for delay in rng.sample((0, 45, 90, 300), rng.randint(1, 2))
    ]
    await _rows(
        link, "INSERT INTO notification_rule (person_id, urgency, delay, method_id) VALUES (%s, %s, %s, %s)", rules
    )
    await _teams_and_schedules(link, rng)
    await _policies(link, rng)
    await _rows(
        link,
        "INSERT INTO service (id, name, description, team_id, policy_id, urgency, grouping, grouping_window, "
        "acknowledge_timeout, active) VALUES (%s, %s, '', %s, %s, %s, %s, %s, %s, true)",
        [
            (id_, f"service {id_}", 1 + id_ % 2, rng.choice(POLICIES), rng.choice(URGENCIES), *grouping, timeout)
            for id_, grouping in zip(SERVICES, GROUPINGS, strict=True)
            for timeout in (rng.choice((None, 240)),)
        ],
    )
    if windows:
        await link.execute(
            "INSERT INTO maintenance_window (id, reason, starts_at, ends_at) VALUES (1, '', %s, %s)",
            [now + timedelta(minutes=1), now + timedelta(minutes=4)],
        )
        await link.execute("INSERT INTO maintenance_window_services (maintenancewindow_id, service_id) VALUES (1, 4)")
    await link.execute("UPDATE configuration SET version = version + 1")


async def _teams_and_schedules(link: Link, rng: Random) -> None:
    """Each schedule has two people on duty, a third who shadows them, and hand-offs every two hours."""
    await link.execute("INSERT INTO team (id, name) VALUES (1, 'team 1'), (2, 'team 2')")
    members = [(1 + (id_ > 3), id_, "observer" if id_ == 5 else "responder", id_) for id_ in PEOPLE]
    await _rows(link, "INSERT INTO membership (team_id, person_id, role, position) VALUES (%s, %s, %s, %s)", members)
    for schedule in SCHEDULES:
        await link.execute(
            "INSERT INTO schedule (id, name, team_id, time_zone, hours, gap_lead, holidays) "
            "VALUES (%s, %s, 1, 'UTC', '[]', 0, '[]')",
            [schedule, f"schedule {schedule}"],
        )
        await link.execute(
            "INSERT INTO rotation (id, schedule_id, name, position, shadow) VALUES (%s, %s, 'two', 0, false)",
            [schedule * 10, schedule],
        )
        order = rng.sample(PEOPLE, 5)
        hand_off = HandOff(Unit.HOUR, date(2026, 1, 1), every=2)
        places = ((Seat(order[0]), Seat(order[1])), (Seat(order[1]), Seat(order[2])), (Seat(order[3]),))
        plan = Plan(rng.choice(ZONES), hand_off, places, shadows=(Seat(order[4]), Seat(team=2)))
        await link.execute(
            "INSERT INTO rotation_edition (rotation_id, since, plan) VALUES (%s, %s, %s)",
            [schedule * 10, LONG_AGO, as_json(plan)],
        )


async def _policies(link: Link, rng: Random) -> None:
    """Each has a step that pages a schedule, mostly by round robin."""
    targets: list[tuple[Any, ...]] = []
    for policy in POLICIES:
        await link.execute(
            "INSERT INTO escalation_policy (id, name, team_id, repeat) VALUES (%s, %s, 1, %s)",
            [policy, f"policy {policy}", rng.randint(0, 2)],
        )
        steps = rng.randint(1, 3)
        on_duty = rng.randrange(steps)
        for place in range(steps):
            step = policy * 10 + place
            whom = rng.choice(("round_robin", "round_robin", "everyone", "on_duty")) if place == on_duty else "on_duty"
            await link.execute(
                "INSERT INTO policy_step (id, policy_id, position, delay, whom) VALUES (%s, %s, %s, %s, %s)",
                [step, policy, place, rng.choice((60, 150, 300)), whom],
            )
            if place == on_duty:
                targets.append((policy, step, None, None, rng.choice(SCHEDULES)))
            else:
                targets.append((policy, step, rng.choice(PEOPLE), None, None))
            if rng.random() < 0.3:
                targets.append((policy, step, None, 2, None))
        targets.append((policy, None, None, 1, None))
    await _rows(
        link,
        "INSERT INTO policy_target (policy_id, step_id, person_id, team_id, schedule_id, position) "
        "VALUES (%s,%s,%s,%s,%s,0)",
        targets,
    )


async def _rows(link: Link, statement: str, rows: list[tuple[Any, ...]]) -> None:
    async with link.cursor() as cursor:
        await cursor.executemany(statement, rows)


async def empty_tables(link: Link, now: datetime) -> Tables:
    """Tables without rows whose directory, zones and settings are those of PostgreSQL. Their clock stands at `now`."""
    row = await (await link.execute("SELECT version FROM configuration")).fetchone()
    assert row is not None
    tables = Tables(lambda: now, await wiring.directory(link, row[0]))
    tables.zones.update(await (await link.execute("SELECT id, time_zone FROM person")).fetchall())
    tables.settings.update(await (await link.execute("SELECT id, settings::text FROM contact_method")).fetchall())
    return tables
