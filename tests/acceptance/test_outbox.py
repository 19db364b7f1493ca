"""The outbox: unknown is tried again, an acknowledgement suppresses, many become one, nothing is dropped."""

from datetime import timedelta

import pytest

from tests.acceptance.story import Story
from watchbill.channels.contract import Outcome, Receipt
from watchbill.engine.facts import Acknowledged, Resolved
from watchbill.engine.reasons import Reason
from watchbill.people.models import ContactMethod

UNKNOWN = Receipt(Outcome.UNKNOWN, "no answer in time")
DOWN = Receipt(Outcome.FAILED, "connection refused")


@pytest.mark.parametrize("answer", [UNKNOWN, DOWN])
def test_what_may_not_have_arrived_is_sent_again(story: Story, answer: Receipt) -> None:
    story.providers_answer("sms", answer, answer)
    story.cast().alert("db-1 is down")
    story.expect_page("Ana", attempt=1)
    story.fast_forward(seconds=6)
    story.expect_page("Ana", attempt=2)
    story.fast_forward(seconds=11)
    story.expect_page("Ana", attempt=3)
    story.fast_forward(minutes=4)
    story.expect_no_page()
    assert story.pages()[0].state == "accepted"


def test_an_acknowledgement_before_the_next_attempt_suppresses_it(story: Story) -> None:
    story.providers_answer("sms", DOWN)
    story.cast().alert("db-1 is down")
    story.expect_page("Ana")
    story.does("Bo", Acknowledged)
    story.fast_forward(minutes=1)
    story.expect_no_page()
    story.expect_reason(Reason.PAGE_SUPPRESSED_ACKNOWLEDGED)
    assert story.pages()[0].state == "suppressed"


def test_a_page_that_is_still_due_when_its_incident_ends_is_not_sent(story: Story) -> None:
    story.providers_answer("sms", DOWN)
    story.cast().alert("db-1 is down")
    story.expect_page("Ana")
    story.does("Bo", Resolved)
    story.fast_forward(minutes=1)
    story.expect_no_page()
    story.expect_reason(Reason.PAGE_SUPPRESSED_RESOLVED)


def test_a_lease_that_runs_out_is_taken_over_and_the_old_holder_writes_nothing(story: Story) -> None:
    story.cast()
    story.database.link.execute("SELECT 1")
    story._run(story._submitter.run([_alert(story)]))
    sender = story._senders[0]
    first = story._run(sender.claim(after=0, most=10))
    assert len(first.messages) == 1
    assert not story._run(sender.claim(after=0, most=10)).messages, "a leased page is nobody else's"
    story.fast_forward(seconds=31)
    story.expect_page("Ana", attempt=2)
    story._run(sender.send(first.messages[0]))  # the first holder wakes up and reports
    story._run(story._receipts.flush())
    assert story._receipts.lost_claims == 1
    assert story.pages()[0].attempts == 2


def test_many_incidents_at_once_are_one_message_and_none_is_dropped(story: Story) -> None:
    story.cast()
    for name in ("Ana", "Bo"):
        story.rule(name, "chat", 0)
    story.happens(*[_alert(story, f"disk {n}") for n in range(30)])
    chat = story.phones["chat"].told
    assert [(message.person, message.bundle_total) for message in chat] == [("Ana", 29)]
    assert len(story.phones["sms"].told) == 30, "a machine is never bundled"
    assert {page.state for n in range(1, 31) for page in story.pages(n)} == {"accepted"}


def test_more_than_a_person_can_take_is_held_back_with_its_reason_and_follows(story: Story) -> None:
    story.cast().rule("Ana", "chat", 0)
    for n in range(12):
        story.alert(f"disk {n}")
    chat = story.phones["chat"]
    assert len(chat.told) == 10
    held = [page for n in range(1, 13) for page in story.pages_shown(n) if page.outcome == Reason.PAGE_HELD_BACK]
    assert len(held) == 2
    assert {page.due_at for page in held} == {story.now + timedelta(seconds=6)}
    story.fast_forward(seconds=12)
    assert sum(1 + message.bundle_total for message in chat.told) == 12


def test_a_machine_that_hangs_leaves_room_in_the_lane_for_others(story: Story) -> None:
    story.cast()
    story._run(story._submitter.run([_alert(story, f"disk {n}") for n in range(100)]))
    sender = story._senders[0]
    first = story._run(sender.claim(after=0, most=100))
    assert len(first.messages) == 25
    assert not story._run(sender.claim(after=0, most=75)).messages, "Ana's twenty-five are still on their way"
    search = _alert(story, "index is stale", service="search")
    story._run(story._submitter.run([search]))
    other = story._run(sender.claim(after=0, most=75))
    assert [message.pages[0].person_name for message in other.messages] == ["Cy"]
    assert story._run(sender.send(first.messages[0])), "it made room for one who waits"
    assert len(story._run(sender.claim(after=0, most=74)).messages) >= 1


def _alert(story: Story, key: str = "db-1 is down", *, service: str = "checkout"):
    from watchbill.engine.facts import AlertTriggered
    from watchbill.engine.words import Severity

    return AlertTriggered(service=story._service(service), dedup_key=key, summary=key, severity=Severity.CRITICAL)


def test_a_method_that_was_switched_off_while_its_page_waited_gives_way_to_another(story: Story) -> None:
    story.cast().rule("Ana", "email", 600)
    story.providers_answer("sms", DOWN)
    story.alert("db-1 is down")
    story.expect_page("Ana", "sms")
    ContactMethod.objects.filter(person__name="Ana", name="sms").update(enabled=False)
    story._configured()
    story.fast_forward(seconds=6)
    story.expect_reason(Reason.PAGE_SUPPRESSED_METHOD_GONE)
    story.fast_forward(seconds=1)
    story.expect_page("Ana", "email", why=Reason.METHOD_FAILED.sentence)
