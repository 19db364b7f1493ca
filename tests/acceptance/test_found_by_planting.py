"""What no other test noticed when a bug was planted (tests/planted): two nodes at one page in the same instant, a provider
that never lets go, a bundle that names only its first, a step that was held up."""

import asyncio
from typing import Any

import pytest

from tests.acceptance.story import Phone, Story
from tests.acceptance.test_held_up import held_service
from tests.acceptance.test_nothing_lost import cry, opens, sender_of
from watchbill.channels import sender
from watchbill.channels.contract import Message, Receipt
from watchbill.paging.claim import LEASE_PAGES, claim_due
from watchbill.runtime import clock


class _Slow:
    """A connection on which something else happens just before the lease is written."""

    def __init__(self, link: Any, meanwhile: Any) -> None:
        self._link = link
        self._meanwhile = meanwhile

    async def execute(self, statement: Any, parameters: Any = None) -> Any:
        if statement is LEASE_PAGES:
            await self._meanwhile()
        return await self._link.execute(statement, parameters)

    def transaction(self) -> Any:
        return self._link.transaction()


def test_what_its_holder_reports_during_the_next_claim_is_not_sent_again(story: Story) -> None:
    story.cast()
    opens(story, cry())
    (message,) = story._run(story._senders[0].claim(after=0, most=10)).messages
    story.database.move_clock(seconds=31)

    async def report() -> None:
        await story._senders[0].send(message)
        await story._receipts.flush()

    async def claim() -> Any:
        async with story._pool.transaction() as link:
            slow: Any = _Slow(link, report)
            return await claim_due(slow, channel="sms", per_minute=None, after=0, most=10, fence=7)

    assert not story._run(claim()).messages
    assert [(page.state, page.attempts) for page in story.pages()] == [("accepted", 1)]


def test_who_reports_while_another_sends_writes_nothing(story: Story) -> None:
    story.cast()
    opens(story, cry())
    node = story._senders[0]
    (first,) = story._run(node.claim(after=0, most=10)).messages
    story.database.move_clock(seconds=31)
    assert len(story._run(node.claim(after=0, most=10)).messages) == 1
    story._run(node.send(first))
    story._run(story._receipts.flush())
    assert story._receipts.lost_claims == 1
    assert story.pages()[0].state == "leased"


class _Hanging(Phone):
    async def send(self, message: Message) -> Receipt:
        await asyncio.Event().wait()
        raise AssertionError("Nobody sets it.")


def test_an_adapter_that_never_comes_back_is_given_up_and_its_page_is_tried_again(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "SEND_AT_MOST", 0.05)
    story.cast()
    opens(story, cry())
    hanging = sender_of(story, _Hanging("sms"))

    async def send() -> None:
        (message,) = (await hanging.claim(after=0, most=10)).messages
        async with asyncio.timeout(5):
            await hanging.send(message)
        await story._receipts.flush()

    story._run(send())
    assert story.pages()[0].state == "unknown"
    story.fast_forward(seconds=6)
    story.expect_page("Ana", attempt=2)


def test_a_bundle_names_all_that_it_stands_for(story: Story) -> None:
    story.cast()
    story.rule("Ana", "chat", 0)
    opens(story, *(cry(f"db-{number}") for number in range(5)))
    story.fast_forward(seconds=1)
    (message,) = story.phones["chat"].told
    named = {message.title, *(one.title for one in message.bundle)}
    assert named == {f"db-{number} is down" for number in range(5)}
    assert message.bundle_total == 4


def test_a_step_that_was_held_up_is_done_soon_after(story: Story) -> None:
    story.cast()
    opens(story, cry())
    story.database.move_clock(seconds=301)
    with held_service(story, 1):
        story._run(story._wakeups.once())
    assert story.incident(1).ladder["level"] == 0, "it was held"
    soon = clock.monotonic() + 5
    clock.use(lambda: soon, None)
    try:
        story._run(story._wakeups.once())
    finally:
        clock.use(None, None)
    assert story.incident(1).ladder["level"] == 1
