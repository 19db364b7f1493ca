"""On the ladder: who is woken, when, and what happens when nobody answers."""

from tests.planted.check import Sim, Stories, Test
from tests.planted.mutation import Mutation

MUTATIONS = (
    Mutation(
        name="backlog-replayed",
        file="watchbill/engine/escalation.py",
        old="ladder=Ladder(level=level, round=round_, step_ends_at=now + delay)",
        new="ladder=Ladder(level=level, round=round_, step_ends_at=(incident.ladder.step_ends_at or now) + delay)",
        sentence="After an outage runs every step that was missed, one after another, and wakes everybody at once.",
        checks=(Sim(by="no_replay_of_a_backlog"), Stories()),
    ),
    Mutation(
        name="two-levels-at-once",
        file="watchbill/engine/escalation.py",
        old="level = _next_level(policy, incident, incident.ladder.level + 1, now=now)\n",
        new="level = _next_level(policy, incident, incident.ladder.level + (2 if late > 60 else 1), now=now)\n",
        sentence="Skips a level when it is late, so that those who should have been next are never told.",
        checks=(Sim(by="one_level_at_a_time"), Stories()),
    ),
    Mutation(
        name="step-ends-early",
        file="watchbill/engine/escalation.py",
        old="step_ends_at=now + delay))",
        new="step_ends_at=now + delay / 10))",
        sentence="Gives each step a tenth of its time: Bo is woken while Ana looks for her glasses.",
        checks=(
            Stories(),
            Test(
                node="tests/acceptance/test_ladder.py::test_the_first_step_is_paged_at_once_and_the_second_when_nobody_answers"
            ),
        ),
    ),
    Mutation(
        name="fallback-not-paged",
        file="watchbill/engine/escalation.py",
        old="        people = fallback_of(case, policy, now=now)\n        reason = outcome =",
        new="        people = ()\n        reason = outcome =",
        sentence="With nobody on duty pages nobody.",
        checks=(
            Sim(by="never_silence"),
            Test(node="tests/acceptance/test_ladder.py::test_nobody_on_duty_is_never_silence"),
        ),
    ),
    Mutation(
        name="ladder-ends-without-the-fallback",
        file="watchbill/engine/escalation.py",
        old="    people = fallback_of(case, case.policy, now=now)\n    ladder = Ladder(",
        new="    people = ()\n    ladder = Ladder(",
        sentence="When every step went unanswered, tells nobody.",
        checks=(Sim(by="never_silence"), Stories()),
    ),
    Mutation(
        name="nobody-at-all-is-the-end",
        file="watchbill/engine/escalation.py",
        old="    if not people:  # look again, from the first step on: somebody may be added\n",
        new="    if people is None:\n",
        sentence="Where nobody could be reached at all, never looks again, also after somebody was added.",
        checks=(Test(node="watchbill/engine/tests"),),
    ),
    Mutation(
        name="rules-all-at-once",
        file="watchbill/engine/notification.py",
        old="        if rule.delay <= paging.told_to or due > now:\n",
        new="        if rule.delay <= paging.told_to:\n",
        sentence="Sends over every contact method at once, though the person wants a call only after ten minutes.",
        checks=(
            Stories(),
            Test(
                node="tests/acceptance/test_ladder.py::test_a_persons_rules_follow_one_another_until_somebody_answers"
            ),
        ),
    ),
    Mutation(
        name="second-rule-forgotten",
        file="watchbill/engine/due.py",
        old="            waits.append(paging.since + timedelta(seconds=min(later)))\n",
        new="            waits.append(paging.since + timedelta(seconds=max(later) + 86400))\n",
        sentence="Tells a person once, over the first contact method of several.",
        checks=(Stories(),),
    ),
    Mutation(
        name="worse-alert-pages-nobody",
        file="watchbill/engine/alerting.py",
        old="    if raised and incident.status is Status.TRIGGERED and incident.muted_until is None:\n",
        new="    if False and raised:\n",
        sentence="When a warning becomes critical, goes on as for a warning.",
        checks=(Test(node="tests/acceptance/test_alerts.py::test_an_alert_that_becomes_worse_wakes_people"),),
    ),
    Mutation(
        name="joined-alert-not-counted",
        file="watchbill/engine/alerting.py",
        old="alerts_open=incident.alerts_open + 1, alerts_total",
        new="alerts_open=incident.alerts_open, alerts_total",
        sentence="Ends an incident when the first of its alerts is over, though others still fire.",
        checks=(Sim(by="one_open_alert"), Stories()),
    ),
    Mutation(
        name="maintenance-never-over",
        file="watchbill/engine/due.py",
        old="        return incident.muted_until\n",
        new="        return None\n",
        sentence="What began in a maintenance window is never paged, though it still burns after it.",
        checks=(Stories(),),
    ),
    Mutation(
        name="dead-method-is-no-news",
        file="watchbill/engine/waiting.py",
        old="    if mine is None or fact.method in mine.failed:\n",
        new="    if mine is None or mine.person:\n",
        sentence="When a telephone number does not exist any more, waits the whole step out.",
        checks=(
            Stories(),
            Test(node="tests/acceptance/test_ladder.py::test_a_dead_contact_method_brings_the_next_one_forward"),
        ),
    ),
)
