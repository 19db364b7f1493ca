"""Whoever is on duty: by turns, in the place of somebody else, and where nobody is any more."""

from datetime import timedelta

from tests.crash.house import CY, GIL, HAL, IVY, ROTA
from tests.crash.scenarios.scenario import Scenario, down
from tests.crash.story import clicks, edits, says, until_heard, wait
from watchbill.engine.facts import Acknowledged

# Ivy takes all of it for an hour.
TAKE = """
INSERT INTO schedule_override (schedule_id, kind, person_id, since, until, via, note, created_at)
SELECT id, 'take', %b, app_now(), %b, 'test', '', app_now() FROM schedule
"""
REMOVED = "UPDATE schedule SET removed_at = app_now()"

SCENARIOS = (
    Scenario(
        name="round robin over those on duty, with a shadow",
        steps=(
            says(down("db-1", ROTA)),
            until_heard("Gil", "db-1"),
            says(down("db-2", ROTA)),
            until_heard("Hal", "db-2"),
            says(down("db-3", ROTA)),
            until_heard("Gil", "db-3"),
            *(clicks(Acknowledged, key, GIL) for key in ("db-1", "db-2", "db-3")),
        ),
        told=("Gil sms db-1", "Hal sms db-2", "Gil sms db-3"),
        shadows=("Ivy db-1", "Ivy db-2", "Ivy db-3"),
        ends=tuple((key, "acknowledged") for key in ("db-1", "db-2", "db-3")),
    ),
    Scenario(
        name="two steps of one schedule, whose shadow is told once",
        steps=(
            says(down("db-1", ROTA)),
            until_heard("Gil", "db-1"),
            wait(310),
            until_heard("Hal", "db-1"),
            clicks(Acknowledged, "db-1", HAL),
        ),
        told=("Gil sms db-1", "Gil sms db-1", "Hal sms db-1"),
        shadows=("Ivy db-1",),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="override while a step waits",
        steps=(
            says(down("db-1", ROTA)),
            until_heard("Gil", "db-1"),
            edits(TAKE, IVY, timedelta(hours=1)),
            wait(310),
            until_heard("Ivy", "db-1"),
            clicks(Acknowledged, "db-1", IVY),
        ),
        told=("Gil sms db-1", "Ivy sms db-1"),
        shadows=("Ivy db-1",),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="schedule removed while a step waits",
        steps=(
            says(down("db-1", ROTA)),
            until_heard("Gil", "db-1"),
            edits(REMOVED),
            wait(310),
            until_heard("Cy", "db-1"),
            clicks(Acknowledged, "db-1", CY),
        ),
        told=("Gil sms db-1", "Cy sms db-1"),  # the fallback
        shadows=("Ivy db-1",),
        ends=(("db-1", "acknowledged"),),
    ),
)
