"""Read this first: `step` takes a case and a fact, and decides. Which rule decides on which fact stands in RULES.

A case is one incident with its alerts, its policy and the people. A fact is something that happened: an alert, a click,
time. The decision is the case as it is now, commands that say what to write, and a reason. Nothing here asks the time,
reads a row or sends anything: `now` is handed in, rows are loaded before and written after, by the runtime.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from watchbill.engine import (
    acknowledgement,
    alerting,
    assignment,
    facts,
    resolution,
    waiting,
)
from watchbill.engine.case import Case
from watchbill.engine.facts import ChangeReported, Fact
from watchbill.engine.outcome import Step
from watchbill.engine.reasons import Reason


def _change_reported(case: Case, fact: ChangeReported, *, now: datetime) -> Step:
    return Step(case, (), Reason.CHANGE_NOTED)


RULES: Mapping[type[Fact], Callable[..., Step]] = {
    # what monitors say
    facts.AlertTriggered: alerting.triggered,
    facts.AlertAcknowledged: alerting.acknowledged,
    facts.AlertResolved: alerting.resolved,
    facts.ChangeReported: _change_reported,
    # what people do
    facts.Acknowledged: acknowledgement.acknowledged,
    facts.Unacknowledged: acknowledgement.unacknowledged,
    facts.Snoozed: acknowledgement.snoozed,
    facts.Resolved: resolution.resolved,
    facts.Reopened: resolution.reopened,
    facts.Reassigned: assignment.reassigned,
    facts.EscalatedNow: assignment.escalated_now,
    # what time does
    facts.TimePassed: waiting.time_passed,
    facts.PageFailed: waiting.page_failed,
}


def step(case: Case, fact: Fact, *, now: datetime) -> Step:
    """Decides what `fact` does to `case` at `now` (aware, from the database's clock).

    Deterministic: the same three always give the same decision. Raises KeyError for a fact that no rule knows, which is
    a fault of ours: every fact of `facts.py` stands in RULES, and a test says so.
    """
    rule: Any = RULES[type(fact)]
    decision: Step = rule(case, fact, now=now)
    return decision
