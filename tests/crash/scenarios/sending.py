"""What becomes of messages: unknown, refused, bundled, held back, overtaken."""

from tests.crash.house import ANA, BO, CHATTY, CHECKOUT, CY, DEE, EVE, FLO, RULES, SEARCH, SLOW
from tests.crash.scenarios.scenario import Scenario, down, over
from tests.crash.story import (
    UNKNOWN,
    answers,
    clicks,
    insists,
    refuses,
    says,
    turn,
    until_heard,
    wait,
    while_sending,
)
from watchbill.channels.contract import Outcome, Receipt
from watchbill.engine.facts import Acknowledged

MANY = tuple(f"db-{number}" for number in range(1, 6))
BUSY = Receipt(Outcome.FAILED, "try again later", retry_after=20)

SCENARIOS = (
    Scenario(
        name="unknown outcome",
        steps=(
            answers("sms", "Cy", UNKNOWN, BUSY),
            says(down("db-1", SEARCH)),
            wait(200),
            clicks(Acknowledged, "db-1", CY),
        ),
        told=("Cy sms db-1", "Cy sms db-1"),
        ends=(("db-1", "acknowledged"),),
        may_miss=frozenset({"Cy sms db-1"}),  # with a death the unknown one and the repetition may be the same
    ),
    Scenario(
        name="failed method, other method at once",
        steps=(
            refuses("sms", "Flo"),
            says(down("db-1", RULES)),
            until_heard("Flo", "db-1"),
            clicks(Acknowledged, "db-1", FLO),
        ),
        channels=("sms", "email"),
        told=("Flo email db-1",),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="no method left, next step",
        steps=(
            refuses("sms", "Ana"),
            says(down("db-1", CHECKOUT)),
            until_heard("Bo", "db-1"),
            clicks(Acknowledged, "db-1", BO),
        ),
        told=("Bo sms db-1",),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="resolve while it is sent",
        steps=(while_sending(over("db-1", SEARCH)), says(down("db-1", SEARCH)), turn(), insists()),
        told=("Cy sms db-1",),
        ends=(("db-1", "resolved"),),
        may_miss=frozenset({"Cy sms db-1"}),
    ),
    Scenario(
        name="bundle",
        steps=(
            says(*(down(key, CHATTY) for key in MANY)),
            *(until_heard("Dee", key) for key in MANY),
            *(clicks(Acknowledged, key, DEE) for key in MANY),
        ),
        channels=("chat",),
        told=tuple(f"Dee chat {key}" for key in reversed(MANY)),
        ends=tuple((key, "acknowledged") for key in MANY),
    ),
    Scenario(
        name="held back by the pace",
        steps=(
            says(down("db-1", SLOW)),
            until_heard("Eve", "db-1"),
            says(down("db-2", SLOW), down("db-3", SLOW)),
            turn(),
            until_heard("Eve", "db-2"),
            until_heard("Eve", "db-3"),
            *(clicks(Acknowledged, key, EVE) for key in MANY[:3]),
        ),
        channels=("slow",),
        told=("Eve slow db-1", "Eve slow db-3", "Eve slow db-2"),
        later=60.0,  # a message that died with its node has used up the pace of its minute
        ends=tuple((key, "acknowledged") for key in MANY[:3]),
    ),
    Scenario(
        name="two recipients at once",
        steps=(
            says(down("db-1", CHECKOUT), down("web-1", SEARCH)),
            until_heard("Ana", "db-1"),
            until_heard("Cy", "web-1"),
            clicks(Acknowledged, "db-1", ANA),
            clicks(Acknowledged, "web-1", CY),
        ),
        told=("Ana sms db-1", "Cy sms web-1"),
        ends=(("db-1", "acknowledged"), ("web-1", "acknowledged")),
    ),
)
