"""What comes while the database is away: onto the disk of the node, and from there into the database."""

from tests.crash.house import ANA, CHECKOUT, CY, SEARCH
from tests.crash.scenarios.scenario import Scenario, down, over
from tests.crash.spooling import drains, spools
from tests.crash.story import clicks, says, turn, until_heard
from watchbill.engine.facts import Acknowledged

SCENARIOS = (
    Scenario(
        name="spool and drain",
        steps=(
            spools(down("db-1", CHECKOUT), down("web-1", SEARCH)),
            spools(down("db-1", CHECKOUT)),
            drains(),
            until_heard("Ana", "db-1"),
            until_heard("Cy", "web-1"),
            clicks(Acknowledged, "db-1", ANA),
            clicks(Acknowledged, "web-1", CY),
        ),
        told=("Ana sms db-1", "Cy sms web-1"),
        ends=(("db-1", "acknowledged"), ("web-1", "acknowledged")),
    ),
    Scenario(
        name="spooled end of an alert",
        steps=(
            says(down("db-1", SEARCH)),
            until_heard("Cy", "db-1"),
            spools(over("db-1", SEARCH)),
            drains(),
            turn(),
        ),
        told=("Cy sms db-1",),
        ends=(("db-1", "resolved"),),
    ),
)
