"""What people do: take an incident, put it off, hand it on, give it back, end it."""

from tests.crash.house import ANA, BO, CHECKOUT, CY, SEARCH, TIMED
from tests.crash.scenarios.scenario import Scenario, down
from tests.crash.story import clicks, says, turn, until_heard, wait
from watchbill.engine.facts import (
    Acknowledged,
    EscalatedNow,
    Reassigned,
    Reopened,
    Resolved,
    Snoozed,
    Unacknowledged,
)

SCENARIOS = (
    Scenario(
        name="acknowledge",
        steps=(
            says(down("db-1", CHECKOUT)),
            until_heard("Ana", "db-1"),
            clicks(Acknowledged, "db-1", ANA),
            wait(400),
        ),
        told=("Ana sms db-1",),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="acknowledge before the page goes out",
        steps=(says(down("db-1", CHECKOUT)), clicks(Acknowledged, "db-1", BO), turn(), wait(400)),
        told=(),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="snooze and return",
        steps=(
            says(down("db-1", SEARCH)),
            until_heard("Cy", "db-1"),
            clicks(Snoozed, "db-1", CY, seconds=600),
            wait(800),
            clicks(Acknowledged, "db-1", CY),
        ),
        told=("Cy sms db-1", "Cy sms db-1"),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="acknowledgement times out",
        steps=(
            says(down("db-1", TIMED)),
            until_heard("Cy", "db-1"),
            clicks(Acknowledged, "db-1", CY),
            wait(800),
            clicks(Resolved, "db-1", CY),
        ),
        told=("Cy sms db-1", "Cy sms db-1"),
        ends=(("db-1", "resolved"),),
    ),
    Scenario(
        name="reassign",
        steps=(
            says(down("db-1", CHECKOUT)),
            until_heard("Ana", "db-1"),
            clicks(Reassigned, "db-1", ANA, people=(CY,)),
            until_heard("Cy", "db-1"),
            clicks(Acknowledged, "db-1", CY),
        ),
        told=("Ana sms db-1", "Cy sms db-1"),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="escalate now",
        steps=(
            says(down("db-1", CHECKOUT)),
            until_heard("Ana", "db-1"),
            clicks(EscalatedNow, "db-1", ANA),
            until_heard("Bo", "db-1"),
            clicks(Acknowledged, "db-1", BO),
        ),
        told=("Ana sms db-1", "Bo sms db-1"),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="acknowledge and give back",
        steps=(
            says(down("db-1", SEARCH)),
            until_heard("Cy", "db-1"),
            clicks(Acknowledged, "db-1", CY),
            clicks(Unacknowledged, "db-1", CY),
            wait(200),
            clicks(Acknowledged, "db-1", CY),
        ),
        told=("Cy sms db-1", "Cy sms db-1"),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="resolve and reopen",
        steps=(
            says(down("db-1", SEARCH)),
            until_heard("Cy", "db-1"),
            clicks(Resolved, "db-1", CY),
            turn(),
            clicks(Reopened, "db-1", CY),
            wait(200),
            clicks(Resolved, "db-1", CY),
        ),
        told=("Cy sms db-1", "Cy sms db-1"),
        ends=(("db-1", "resolved"),),
    ),
)
