"""What was set up changes while an incident is open."""

from tests.crash.house import BO, CHECKOUT, CY, FLO, RULES
from tests.crash.node import SEAL
from tests.crash.scenarios.scenario import Scenario, down
from tests.crash.story import applies, clicks, edits, says, sleep_through, strays, turn, until_heard, wait
from watchbill.engine.facts import Acknowledged

OFF = "UPDATE contact_method SET enabled = false WHERE person_id = %b AND channel = 'sms'"
LEFT = "UPDATE person SET active = false WHERE email = %b"
OF_ANOTHER_TIME = "UPDATE contact_method SET channel = 'telepathy' WHERE person_id = %b AND channel = 'sms'"

POLICY = """\
watchbill: 1
escalation_policies:
  - name: Payments
    steps:
      - page: [ana@example.org]
        wait: 5m
      - page: [cy@example.org]
        wait: 5m
"""

SCENARIOS = (
    Scenario(
        name="contact method switched off while a page is due",
        steps=(
            says(down("db-1", RULES)),
            edits(OFF, FLO),
            turn(),
            until_heard("Flo", "db-1"),
            clicks(Acknowledged, "db-1", FLO),
        ),
        channels=("sms", "email"),
        told=("Flo email db-1",),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="person leaves while a page is due",
        steps=(
            says(down("db-1", CHECKOUT)),
            edits(LEFT, "ana@example.org"),
            until_heard("Bo", "db-1"),
            clicks(Acknowledged, "db-1", BO),
        ),
        told=("Bo sms db-1",),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="channel that no node knows",
        steps=(
            edits(OF_ANOTHER_TIME, FLO),
            says(down("db-1", RULES)),
            sleep_through(61),
            strays(),
            until_heard("Flo", "db-1"),
            clicks(Acknowledged, "db-1", FLO),
        ),
        channels=("sms", "email"),
        told=("Flo email db-1",),
        ends=(("db-1", "acknowledged"),),
    ),
    Scenario(
        name="policy edited while an incident is open",
        steps=(
            says(down("db-1", CHECKOUT)),
            until_heard("Ana", "db-1"),
            applies(POLICY, SEAL),
            wait(310),
            until_heard("Cy", "db-1"),
            clicks(Acknowledged, "db-1", CY),
        ),
        told=("Ana sms db-1", "Cy sms db-1"),
        ends=(("db-1", "acknowledged"),),
    ),
)
