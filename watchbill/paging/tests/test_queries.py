"""What became of pages, what waits, and what is wrong with a policy."""

from datetime import UTC, datetime

import pytest

from tests.acceptance.story import Story
from tests.asking import Ask
from watchbill import wiring
from watchbill.channels.contract import Outcome, Receipt
from watchbill.engine.facts import Acknowledged
from watchbill.engine.words import TargetKind
from watchbill.paging.queries import backlog, gaps, pages

REFUSED = Receipt(Outcome.FAILED, "No such number.", permanent=True)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
MAYBE = Receipt(Outcome.UNKNOWN, "No answer.")


def test_attempted_and_suppressed_pages_are_told_apart(story: Story, ask: Ask) -> None:
    story.cast()
    story.rule("Ana", "email", 60)
    story.alert("db-1 is down")
    story.fast_forward(seconds=30)
    story.does("Ana", Acknowledged)
    (sms,) = ask(lambda link: pages(link, 1))
    assert (sms.channel, sms.state, sms.attempts, sms.attempted_at is not None) == ("sms", "accepted", 1, True)


def test_the_backlog_counts_what_waits_and_what_failed(story: Story, ask: Ask) -> None:
    story.cast()
    assert ask(backlog).oldest_due_seconds == 0
    story.providers_answer("sms", MAYBE)
    story.alert("db-1 is down")
    told = ask(backlog)
    assert (told.unknown, told.failed_last_day, told.oldest_due_seconds) == (1, 0, 0)
    story.database.move_clock(seconds=65)
    assert ask(backlog).oldest_due_seconds == pytest.approx(60, abs=1)
    story.providers_answer("sms", REFUSED)
    story.fast_forward(seconds=1)
    assert ask(backlog).failed_last_day >= 1
    story.database.move_clock(hours=25)
    assert ask(backlog).failed_last_day == 0


def test_a_policy_that_names_somebody_in_vain_says_whom_and_why(story: Story, ask: Ask) -> None:
    story.cast().switch_off("Bo")
    directory = ask(lambda link: wiring.directory(link, 0))
    (payments,) = (policy for policy in directory.policies.values() if policy.name == "Payments")
    (gap,) = gaps(payments, directory, now=NOW)
    assert (gap.step, gap.target.kind, gap.name, gap.why) == (1, TargetKind.USER, "Bo", "who is switched off")
    story.switch_off("Ana")
    directory = ask(lambda link: wiring.directory(link, 0))
    assert [gap.step for gap in gaps(directory.policies[payments.id], directory, now=NOW)] == [0, 1, None]
