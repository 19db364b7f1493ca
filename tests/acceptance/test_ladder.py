"""The ladder: who is paged, when, and what stops it."""

from tests.acceptance.story import Story
from watchbill.channels.contract import Outcome, Receipt
from watchbill.engine.facts import (
    Acknowledged,
    EscalatedNow,
    Reassigned,
    Reopened,
    Resolved,
    Snoozed,
    Unacknowledged,
)
from watchbill.engine.reasons import Reason
from watchbill.people.models import Person


def test_the_first_step_is_paged_at_once_and_the_second_when_nobody_answers(story: Story) -> None:
    story.cast().alert("db-1 is down")
    story.expect_page("Ana", title="db-1 is down", why=Reason.FIRST_PAGE.sentence, late=0)
    story.fast_forward(minutes=4, seconds=59)
    story.expect_no_page()
    story.fast_forward(seconds=1)
    story.expect_page("Bo", why=Reason.STEP_TIMED_OUT.sentence)
    story.expect_no_page()


def test_after_the_last_step_the_fallback_is_paged_once_and_that_is_said(story: Story) -> None:
    story.cast().alert("db-1 is down")
    story.fast_forward(minutes=5)
    story.fast_forward(minutes=5)
    story.expect_reason(Reason.LADDER_EXHAUSTED)
    assert [message.person for _, _, message in story._told] == ["Ana", "Bo", "Ana", "Bo"]
    story.fast_forward(hours=24)
    assert len(story._told) == 4


def test_a_policy_that_repeats_begins_again(story: Story) -> None:
    story.cast(repeat=1).alert("db-1 is down")
    story.fast_forward(minutes=10)
    story.expect_reason(Reason.LADDER_REPEATED)
    assert [message.person for _, _, message in story._told] == ["Ana", "Bo", "Ana"]


def test_an_acknowledgement_stops_the_ladder(story: Story) -> None:
    story.cast().alert("db-1 is down")
    story.expect_page("Ana")
    assert story.does("Ana", Acknowledged).reason is Reason.ACKNOWLEDGED
    story.fast_forward(hours=5)
    story.expect_no_page()
    assert story.does("Bo", Acknowledged).reason is Reason.ALREADY_ACKNOWLEDGED
    assert story.incident().acknowledged_by == Person.objects.get(name="Ana").id


def test_an_acknowledgement_that_lapses_wakes_people_again(story: Story) -> None:
    story.cast().set_service("checkout", acknowledge_timeout=1800)
    story.alert("db-1 is down")
    story.expect_page("Ana")
    story.does("Ana", Acknowledged)
    story.fast_forward(minutes=30)
    story.expect_page("Ana")
    story.expect_reason(Reason.ACKNOWLEDGEMENT_TIMED_OUT)


def test_a_snooze_ends_by_itself(story: Story) -> None:
    story.cast().alert("db-1 is down")
    story.expect_page("Ana")
    story.does("Ana", Snoozed, until=story.now.replace(hour=8))
    story.fast_forward(hours=5, minutes=59)
    story.expect_no_page()
    story.fast_forward(minutes=1)
    story.expect_page("Ana")
    story.expect_reason(Reason.SNOOZE_OVER)


def test_giving_it_back_begins_the_ladder_again(story: Story) -> None:
    story.cast().alert("db-1 is down")
    story.expect_page("Ana")
    story.does("Ana", Acknowledged)
    story.does("Ana", Unacknowledged)
    story.expect_page("Ana")


def test_a_resolved_incident_pages_nobody_until_it_is_reopened(story: Story) -> None:
    story.cast().alert("db-1 is down")
    story.expect_page("Ana")
    story.does("Ana", Resolved)
    story.fast_forward(hours=1)
    story.expect_no_page()
    story.does("Bo", Reopened)
    story.expect_page("Ana")


def test_escalating_by_hand_does_not_wait(story: Story) -> None:
    story.cast().alert("db-1 is down")
    story.expect_page("Ana")
    story.does("Ana", Acknowledged)
    story.does("Ana", EscalatedNow)
    story.expect_page("Bo", why=Reason.ESCALATED_BY_HAND.sentence)


def test_who_is_handed_the_incident_and_stays_silent_is_not_the_end(story: Story) -> None:
    story.cast().alert("db-1 is down")
    story.expect_page("Ana")
    story.does("Ana", Reassigned, people=(Person.objects.get(name="Bo").id,))
    story.expect_page("Bo", why=Reason.REASSIGNED.sentence)
    story.fast_forward(minutes=5)
    story.expect_page("Ana", why=Reason.REASSIGNED_UNANSWERED.sentence)


def test_nobody_on_duty_is_never_silence(story: Story) -> None:
    story.cast(steps=(("Ana", 300),)).switch_off("Ana")
    story.alert("db-1 is down")
    story.expect_page("Bo", why=Reason.NOBODY_ON_DUTY.sentence)
    story.expect_reason(Reason.NOBODY_ON_DUTY)
    story.expect_no_page()


def test_a_persons_rules_follow_one_another_until_somebody_answers(story: Story) -> None:
    story.cast().rule("Ana", "email", 60)
    story.alert("db-1 is down")
    story.expect_page("Ana", "sms")
    story.fast_forward(seconds=60)
    story.expect_page("Ana", "email", why=Reason.NEXT_RULE_DUE.sentence)
    story.does("Ana", Acknowledged)
    story.fast_forward(hours=1)
    story.expect_no_page()


def test_after_an_outage_only_the_current_step_pages_and_it_says_how_late(story: Story) -> None:
    story.cast(steps=(("Ana", 60), ("Bo", 60), ("Ana", 60))).alert("db-1 is down")
    story.expect_page("Ana")
    story.sleep_through(hours=2)
    story.expect_page("Bo", late=2 * 3600 - 60)
    story.expect_no_page()
    story.fast_forward(seconds=60)
    story.expect_page("Ana", late=0)


def test_a_dead_contact_method_brings_the_next_one_forward(story: Story) -> None:
    story.cast().rule("Ana", "email", 600)
    story.providers_answer("sms", Receipt(Outcome.FAILED, "no such number", permanent=True))
    story.alert("db-1 is down")
    story.expect_page("Ana", "sms")
    story.fast_forward(seconds=1)
    story.expect_page("Ana", "email", why=Reason.METHOD_FAILED.sentence)


def test_a_person_whom_nothing_reaches_brings_the_next_step_forward(story: Story) -> None:
    story.providers_answer("sms", Receipt(Outcome.FAILED, "no such number", permanent=True))
    story.cast().alert("db-1 is down")
    story.expect_page("Ana", "sms")
    story.fast_forward(seconds=1)
    story.expect_page("Bo", "sms", why=Reason.METHOD_FAILED_NO_OTHER.sentence)
