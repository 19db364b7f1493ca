"""What could lose a page, or keep it for ever: crashes, rows that cannot be read, clocks that were wrong, nobody who knows."""

from datetime import timedelta
from functools import partial

import pytest
from msgspec.structs import replace

from tests.acceptance.story import NO_LINKS, Phone, Story
from tests.database import SECRET_KEY
from watchbill.channels.contract import BadSettings, Outcome, Receipt
from watchbill.channels.sender import Sender
from watchbill.channels.strays import Strays, Unknown
from watchbill.engine.facts import AlertTriggered
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Severity
from watchbill.journal.models import Entry
from watchbill.people.models import ContactMethod
from watchbill.runtime.metrics import Metrics
from watchbill.runtime.road import Away
from watchbill.runtime.seal import Seal

DOWN = Receipt(Outcome.FAILED, "connection refused")


def cry(key: str = "db-1", service: int = 1) -> AlertTriggered:
    return AlertTriggered(service=service, dedup_key=key, summary=f"{key} is down", severity=Severity.CRITICAL)


def opens(story: Story, *facts: AlertTriggered) -> None:
    """Each in its own batch; nothing is sent yet."""
    for fact in facts:
        story._run(story._submitter.run([fact]))


def change(story: Story, statement: str) -> None:
    story.database.link.execute(statement.encode())


def told(story: Story) -> list[str]:
    return sorted(message.person for message in story.phones["sms"].told)


def sender_of(story: Story, channel: Unknown | Phone) -> Sender:
    return Sender(
        channel,
        database=story._pool,
        receipts=story._receipts,
        seal=Seal((SECRET_KEY,)),
        links=lambda incident, person, via: NO_LINKS,
        metrics=Metrics(),
    )


def test_a_crash_after_a_page_found_its_method_gone_still_brings_the_next_method(story: Story) -> None:
    story.cast(steps=(("Ana", 300),)).rule("Ana", "email", 600)
    story.providers_answer("sms", DOWN)
    story.alert("db-1 is down")
    story.expect_page("Ana", "sms")
    ContactMethod.objects.filter(person__name="Ana", name="sms").update(enabled=False)
    story._configured()
    story.database.move_clock(seconds=6)
    story._run(story._senders[0].claim(after=0, most=10))
    story._receipts._untold.clear()  # killed here
    story.fast_forward(seconds=60)
    story.expect_page("Ana", "email", within_seconds=60)
    story.expect_reason(Reason.PAGE_SUPPRESSED_METHOD_GONE)


def test_a_page_whose_incident_is_missing_is_suppressed_and_says_so(story: Story) -> None:
    story.cast()
    opens(story, cry())
    change(story, "DELETE FROM incident")
    opens(story, cry("s", 2))
    story._run(story._send_all())
    assert told(story) == ["Cy"]
    assert [(page.state, page.outcome) for page in story.pages()] == [("suppressed", "page_suppressed_incident_gone")]


@pytest.mark.parametrize(
    "damage",
    [
        """UPDATE incident SET ladder = '{"level": "x"}'""",
        "UPDATE page SET reason = 'a_newer_one'",
        "UPDATE incident SET severity = 'worse_than_critical'",
    ],
)
def test_what_cannot_be_read_is_sent_rather_than_not_and_holds_nobody_up(damage: str, story: Story) -> None:
    story.cast()
    opens(story, cry())
    change(story, damage)
    opens(story, cry("s", 2))
    story._run(story._send_all())
    assert told(story) == ["Ana", "Cy"]


@pytest.mark.parametrize("back", [timedelta(seconds=90), timedelta(hours=1)])
def test_a_clock_that_is_set_back_delays_no_page(back: timedelta, story: Story) -> None:
    story.at("2026-11-22 12:00").cast()
    story.alert("before", service="search")
    story.expect_page("Cy")
    story.database.set_clock(story.now - back)
    story.alert("db-1 is down")
    story.expect_page("Ana", within_seconds=back.total_seconds() + 1)


def test_a_clock_that_was_far_ahead_for_a_while_delays_no_step(story: Story) -> None:
    story.at("2026-11-22 13:00").cast()
    story.alert("before", service="search")
    story.expect_page("Cy")
    story.database.set_clock(story.now - timedelta(hours=1))
    story.alert("db-1 is down")
    story.expect_page("Ana")
    story.fast_forward(seconds=301)
    story.expect_page("Bo")


class Picky(Phone):
    """Takes no settings at all."""

    def check(self, settings: object) -> None:
        raise BadSettings("`topic` is missing.")


def test_settings_that_the_channel_cannot_use_fail_at_once_and_the_next_method_pages(story: Story) -> None:
    story.cast().rule("Ana", "email", 600)
    story._senders[0] = sender_of(story, Picky("sms"))
    story.alert("db-1 is down")
    story._turn()
    assert story.pages()[0].state == "failed"
    story.expect_page("Ana", "email", within_seconds=6)


def test_settings_that_are_no_object_fail_at_once(story: Story) -> None:
    story.cast()
    opens(story, cry())
    change(story, "UPDATE contact_method SET settings = '[]'")
    story._run(story._send_all())
    assert story.pages()[0].state == "failed"


def test_a_node_that_stood_still_after_its_claim_does_not_send(story: Story) -> None:
    story.cast()
    opens(story, cry())
    sender = story._senders[0]
    (message,) = story._run(sender.claim(after=0, most=10)).messages
    story._run(sender.send(replace(message, since=message.since - 25)))
    assert told(story) == []
    story.fast_forward(seconds=31)
    story.expect_page("Ana", attempt=2)


def test_a_channel_that_no_node_knows_fails_with_that_reason_and_the_next_method_pages(story: Story) -> None:
    story.cast(steps=(("Ana", 3600),)).rule("Ana", "email", 3600)
    opens(story, cry())
    change(story, "UPDATE page SET channel = 'telepathy'")
    change(story, "UPDATE contact_method SET channel = 'telepathy' WHERE channel = 'sms' AND person_id = 1")
    story._configured()
    strays = Strays(story._pool, story.phones, partial(sender_of, story))
    story._run(strays.once())
    assert story.pages()[0].state == "due", "another node may know it"
    story.database.move_clock(seconds=61)
    story._run(strays.once())
    story._run(story._receipts.flush())
    story._turn()
    assert (story.pages()[0].state, "telepathy" in story.pages()[0].detail) == ("failed", True)
    story.expect_page("Ana", "email", within_seconds=62)


def test_a_node_that_could_not_write_what_arrived_sends_it_no_second_time(story: Story) -> None:
    """The database is away for longer than the lease, and the node knows that the page arrived (seed 28)."""
    story.cast()
    opens(story, cry())
    sender = story._senders[0]
    (message,) = story._run(sender.claim(after=0, most=10)).messages
    story._run(sender.send(message))
    story._receipts._database = _Gone()
    assert not story._run(story._receipts._try_to_write())
    story._receipts._database = story._pool
    story.database.move_clock(seconds=31)
    assert story._run(sender.claim(after=0, most=10)).messages == ()
    assert story._run(story._receipts._try_to_write())
    story._turn()
    assert told(story) == ["Ana"]
    assert [page.state for page in story.pages()] == ["accepted"]


def test_a_late_outcome_of_an_older_claim_is_not_journaled_with_that_of_the_newer_one(story: Story) -> None:
    """Both come in one batch; only the claim that still holds the page may say what became of it (seed 28)."""
    story.cast()
    opens(story, cry())
    sender = story._senders[0]
    (first,) = story._run(sender.claim(after=0, most=10)).messages
    story.database.move_clock(seconds=31)
    (second,) = story._run(sender.claim(after=0, most=10)).messages
    for message in (first, second):
        story._run(sender.send(message))
    story._run(story._receipts.flush())
    said = Entry.objects.filter(kind="page").values_list("data__attempt", flat=True)
    assert list(said) == [2]


class _Gone:
    """A database that is away."""

    def transaction(self) -> object:
        raise Away("The database cannot be used now.")
