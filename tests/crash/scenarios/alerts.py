"""What monitors say: new alerts, repetitions, several at once, ends."""

from tests.crash.house import ANA, CHECKOUT, CY, GROUPED, SEARCH
from tests.crash.scenarios.scenario import Scenario, down, over
from tests.crash.story import clicks, says, turn, until_heard
from watchbill.engine.facts import Acknowledged, AlertAcknowledged, AlertTriggered
from watchbill.engine.words import Severity

WORSE = AlertTriggered(service=SEARCH, dedup_key="db-1", summary="db-1 burns", severity=Severity.CRITICAL)

SCENARIOS = (
    Scenario(
        name="new alert",
        steps=(says(down("db-1", SEARCH)), turn()),
        told=("Cy sms db-1", "Cy sms db-1"),  # the second time as the fallback
        ends=(("db-1", "triggered"),),
    ),
    Scenario(
        name="repeat",
        steps=(
            says(down("db-1", SEARCH)),
            until_heard("Cy", "db-1"),
            says(down("db-1", SEARCH)),
            says(WORSE, WORSE),
            turn(),
            clicks(Acknowledged, "db-1", CY),
        ),
        told=("Cy sms db-1",),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="several at once on two services",
        steps=(
            says(down("db-1", CHECKOUT), down("web-1", SEARCH), down("db-2", CHECKOUT), over("db-9", SEARCH)),
            until_heard("Ana", "db-1"),
            until_heard("Ana", "db-2"),
            until_heard("Cy", "web-1"),
            clicks(Acknowledged, "db-1", ANA),
            clicks(Acknowledged, "db-2", ANA),
            clicks(Acknowledged, "web-1", CY),
        ),
        told=("Ana sms db-2", "Ana sms db-1", "Cy sms web-1"),
        ends=(("db-1", "acknowledged"), ("web-1", "acknowledged"), ("db-2", "acknowledged")),
    ),
    Scenario(
        name="alert joins a group",
        steps=(
            says(down("db-1", GROUPED)),
            until_heard("Ana", "db-1"),
            says(down("db-2", GROUPED)),
            turn(),
            clicks(Acknowledged, "db-2", ANA),
        ),
        told=("Ana sms db-1",),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="low alert joins, and then a worse one that wakes",
        steps=(
            says(down("db-1", GROUPED, Severity.WARNING), down("db-2", GROUPED, Severity.INFO)),
            until_heard("Ana", "db-1"),
            says(down("db-3", GROUPED)),
            turn(),
            until_heard("Ana", "db-3"),
            clicks(Acknowledged, "db-3", ANA),
        ),
        told=("Ana sms db-1", "Ana sms db-1"),
        ends=(("db-1", "acknowledged"),),
        may_miss=frozenset({"Ana sms db-1"}),  # the second page; she knows, and acknowledges
    ),
    Scenario(
        name="last alert resolved",
        steps=(
            says(down("db-1", GROUPED), down("db-2", GROUPED)),
            until_heard("Ana", "db-1"),
            says(over("db-1", GROUPED)),
            turn(),
            says(over("db-2", GROUPED)),
            turn(),
        ),
        told=("Ana sms db-1",),
        ends=(("db-1", "resolved"),),
    ),
    Scenario(
        name="over and down again in one batch",
        steps=(
            says(down("db-1", SEARCH)),
            until_heard("Cy", "db-1"),
            says(over("db-1", SEARCH), down("db-1", SEARCH)),
            until_heard("Cy", "db-1"),
            clicks(Acknowledged, "db-1", CY),
        ),
        told=("Cy sms db-1", "Cy sms db-1"),
        ends=(("db-1", "resolved"), ("db-1", "acknowledged")),
        # said again, since the answer was lost, it is over and down once more
        or_ends=(("db-1", "resolved"), ("db-1", "resolved"), ("db-1", "acknowledged")),
    ),
    Scenario(
        name="monitor says that somebody works on it",
        steps=(
            says(down("db-1", SEARCH)),
            until_heard("Cy", "db-1"),
            says(AlertAcknowledged(service=SEARCH, dedup_key="db-1")),
            turn(),
        ),
        told=("Cy sms db-1",),
        ends=(("db-1", "acknowledged"),),
    ),
)
