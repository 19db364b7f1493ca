"""What time does: steps end, rules fall due, windows close, outages last."""

from datetime import timedelta

from tests.crash.house import BO, CHECKOUT, CY, FLO, RULES, SEARCH
from tests.crash.scenarios.scenario import Scenario, down
from tests.crash.story import clicks, edits, says, sleep_through, turn, until_heard, wait
from watchbill.engine.facts import Acknowledged

WINDOW = """
WITH made AS (
    INSERT INTO maintenance_window (reason, starts_at, ends_at) VALUES ('planned', app_now(), %b) RETURNING id
)
INSERT INTO maintenance_window_services (maintenancewindow_id, service_id) SELECT id, %b FROM made
"""

SCENARIOS = (
    Scenario(
        name="step times out",
        steps=(
            says(down("db-1", CHECKOUT)),
            wait(310),
            until_heard("Bo", "db-1"),
            clicks(Acknowledged, "db-1", BO),
        ),
        told=("Ana sms db-1", "Bo sms db-1"),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="nobody answers",
        steps=(says(down("db-1", CHECKOUT)),),
        told=("Ana sms db-1", "Bo sms db-1", "Ana sms db-1", "Bo sms db-1"),
        ends=(("db-1", "triggered"),),
    ),
    Scenario(
        name="next notification rule",
        steps=(says(down("db-1", RULES)), wait(200), clicks(Acknowledged, "db-1", FLO)),
        channels=("sms", "email"),
        told=("Flo sms db-1", "Flo email db-1"),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="maintenance window ends",
        steps=(
            edits(WINDOW, timedelta(seconds=600), SEARCH),
            says(down("db-1", SEARCH)),
            turn(),
            wait(800),
            clicks(Acknowledged, "db-1", CY),
        ),
        told=("Cy sms db-1",),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="no node for two hours",
        steps=(
            says(down("db-1", CHECKOUT), down("web-1", SEARCH)),
            sleep_through(7200),
            turn(),
            wait(200),
            clicks(Acknowledged, "db-1", BO),
            clicks(Acknowledged, "web-1", CY),
        ),
        told=("Bo sms db-1", "Cy sms web-1", "Cy sms web-1"),  # for the first step, and as the fallback
        ends=(("db-1", "acknowledged"), ("web-1", "acknowledged")),
    ),
)
