"""What it takes to say who is on duty: over three months of one schedule, and now in a thousand schedules."""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg

from bench.command import parser, run
from bench.report import Figure, at_most
from bench.watchbill_node import scratch_folder
from watchbill import django_settings
from watchbill.engine.duty.schedule import DAY, Edition, HandOff, Hours, Rotation, Schedule, Unit
from watchbill.engine.duty.shifts import on_duty, shifts
from watchbill.oncall import load
from watchbill.oncall.plan import Plan
from watchbill.people import load as load_people
from watchbill.runtime.postgres import EmbeddedPostgres
from watchbill.runtime.schema import migrate

# People, and schedules of one rotation by the week each, as `apply` would write them.
PEOPLE = "INSERT INTO person (email, name, time_zone, active) SELECT n || '@x.org', 'P' || n, 'UTC', true FROM generate_series(1, 8) n"
TEAM = "INSERT INTO team (name) VALUES ('Payments')"
STORED = """
INSERT INTO schedule (name, team_id, time_zone, hours, gap_lead, holidays)
SELECT 'S' || n, (SELECT max(id) FROM team), 'Europe/Berlin', '[]', 0, '[]' FROM generate_series(1, %(count)s) n
"""
ROTATIONS = "INSERT INTO rotation (schedule_id, name, position, shadow) SELECT id, 'Weekly', 0, false FROM schedule"
EDITIONS = """
INSERT INTO rotation_edition (rotation_id, since, plan)
SELECT r.id, '2020-01-01', %(plan)s::jsonb || jsonb_build_object(
    'order', (SELECT jsonb_agg(jsonb_build_array(jsonb_build_object('person', p.id)) ORDER BY p.id) FROM person p))
FROM rotation r
"""
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
MONTHS = timedelta(days=90)
SCHEDULES = 1000
ROUNDS, QUICK_ROUNDS = 30, 3
ORDER = tuple((person,) for person in range(1, 9))
ZONES = ("Europe/Berlin", "America/Chicago", "Asia/Tokyo", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata")


def measure(options: argparse.Namespace) -> Iterator[Figure]:
    """The figures of this bench."""
    rounds = QUICK_ROUNDS if options.quick else ROUNDS
    one = follow_the_sun(0)
    took = _best(lambda: shifts(one, NOW, NOW + MONTHS), rounds)
    detail = f"90 days, {len(ORDER)} people, 3 rotations with 7 windows each; best of {rounds}"
    yield Figure("duty.shifts", took * 1000, "ms", at_most(5), detail)
    kinds = (around_the_clock, in_office_hours, follow_the_sun)
    mixed = [kinds[number % 3](number) for number in range(SCHEDULES)]
    yield _all_of("duty.on_duty", mixed, rounds, "a third each: always, office hours, three rotations of 7 windows")
    for kind in kinds:
        yield _all_of(f"duty.on_duty.{kind.__name__}", [kind(number) for number in range(SCHEDULES)], rounds, "")
    with scratch_folder() as folder:
        loaded, asked = _stored(folder, rounds)
    yield Figure(
        "duty.load", loaded * 1000, "ms", None, f"{SCHEDULES} schedules of 8 people from the database, one query"
    )
    yield Figure(
        "duty.load_and_ask",
        asked * 1000,
        "ms",
        at_most(50),
        "the same, and who is on duty in each: what a command does",
    )


def _stored(folder: Path, rounds: int) -> tuple[float, float]:
    """Seconds to load the schedules, and to load them and ask each; of the quickest round."""
    server = EmbeddedPostgres(folder / "data")
    server.start()
    try:
        django_settings.configure(server.url, "the secret key of a bench, long enough for all")
        migrate(server.url)
        return asyncio.run(_loaded(server.url, rounds))
    finally:
        server.stop()


async def _loaded(url: str, rounds: int) -> tuple[float, float]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as link:
        plan = msgspec.json.encode(Plan("Europe/Berlin", HandOff(Unit.WEEK, date(2026, 1, 5)), ())).decode()
        for statement in (PEOPLE, TEAM, STORED, ROTATIONS, EDITIONS):
            await link.execute(statement, {"count": SCHEDULES, "plan": plan})
        await link.execute("ANALYZE")
        people, teams = await load_people.people(link), await load_people.teams(link)
        took = []
        for _ in range(rounds):
            began = time.perf_counter()
            schedules = await load.schedules(link, people, teams, NOW)
            loaded = time.perf_counter()
            on = [on_duty(schedule, NOW) for schedule in schedules.values()]
            took.append((loaded - began, time.perf_counter() - began))
            assert len(on) == SCHEDULES and all(on)
    return min(one for one, _ in took), min(both for _, both in took)


def around_the_clock(number: int) -> Schedule:
    """A rotation by the week."""
    return _schedule(number, _rotation(number, Unit.WEEK, 9 * 60, ()))


def in_office_hours(number: int) -> Schedule:
    """A rotation by the week, on weekdays from eight to six."""
    hours = tuple(Hours(day * DAY + 8 * 60, 10 * 60) for day in range(5))
    return _schedule(number, _rotation(number, Unit.WEEK, 9 * 60, hours))


def follow_the_sun(number: int) -> Schedule:
    """Three rotations by the day, each on duty for eight hours."""
    at = 9 * 60 + number % 4 * 15
    hours = tuple(Hours(day * DAY + at, 8 * 60) for day in range(7))
    return _schedule(number, *(_rotation(number + place, Unit.DAY, at, hours) for place in range(3)))


def _rotation(number: int, unit: Unit, at: int, hours: tuple[Hours, ...]) -> Rotation:
    zone = ZONES[number % len(ZONES)]
    edition = Edition(0, zone, HandOff(unit, date(2026, 1, 5), at=at), ORDER, hours=hours)
    return Rotation(number + 1, f"rotation {number}", (edition,))


def _schedule(number: int, *rotations: Rotation) -> Schedule:
    return Schedule(number + 1, f"schedule {number}", 1, ZONES[number % len(ZONES)], rotations)


def _all_of(name: str, schedules: list[Schedule], rounds: int, detail: str) -> Figure:
    took = _best(lambda: [on_duty(schedule, NOW) for schedule in schedules], rounds)
    return Figure(name, took * 1000, "ms", at_most(50), f"{SCHEDULES} schedules; {detail}".rstrip("; "))


def _best(act: Callable[[], object], rounds: int) -> float:
    """Seconds of the quickest round: what the others took longer is other programs' time."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return min(took)


if __name__ == "__main__":
    sys.exit(run(measure, parser(__doc__).parse_args()))
