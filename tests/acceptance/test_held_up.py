"""One that is held up, by a lock or by a fault, holds up nobody else; and nothing asks without a pause for what it does not get."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from tests.acceptance.story import Story
from tests.acceptance.test_nothing_lost import change, cry, opens, sender_of, told
from watchbill import wiring
from watchbill.catalog.models import Service
from watchbill.channels.contract import Outcome, Receipt
from watchbill.channels.receipts import Receipts
from watchbill.engine.facts import Acknowledged, AlertResolved, Resolved
from watchbill.engine.reasons import Reason
from watchbill.runtime.database import Database
from watchbill.runtime.gather import Gatherer
from watchbill.runtime.outbox import Lane
from watchbill.runtime.road import Contended, Unavailable
from watchbill.runtime.submit import Committed, Submitter
from watchbill.runtime.wakeups import Wakeups

GONE = Receipt(Outcome.FAILED, "no such number", permanent=True)
STATES = "SELECT p.state FROM page p JOIN incident i ON i.id = p.incident_id WHERE i.service_id = 2 ORDER BY p.id"


def nothing(done: Committed) -> None:
    """Nobody is to be woken."""


@contextmanager
def held(story: Story, statement: str, *parameters: Any) -> Iterator[None]:
    """Somebody else's transaction holds what this statement locks."""
    with psycopg.connect(story.database.url, options="-c idle_in_transaction_session_timeout=0") as other:
        other.execute(statement.encode(), parameters)
        yield


def held_service(story: Story, number: int) -> Any:
    return held(story, "SELECT pg_advisory_xact_lock(7120402, %s)", number)


async def for_a_while(work: Any, seconds: float) -> None:
    """Lets `work` run; it is not to end by itself."""
    task = asyncio.ensure_future(work)
    await asyncio.wait({task}, timeout=seconds)
    assert not task.done()
    task.cancel()
    await asyncio.wait({task})


class Counted:
    """The work of a lane, and how often it was asked."""

    def __init__(self, story: Story) -> None:
        self._sender = story._senders[0]
        self.claims = 0

    async def claim(self, *, after: int, most: int) -> Any:
        self.claims += 1
        return await self._sender.claim(after=after, most=most)

    async def send(self, message: Any) -> None:
        await self._sender.send(message)


def claims_in_a_second(story: Story) -> int:
    work = Counted(story)
    story._run(for_a_while(Lane("sms", work).run(), 1.0))
    return work.claims


def test_a_lane_pauses_when_another_node_claims_for_all_who_are_due(story: Story) -> None:
    story.cast()
    opens(story, cry())
    change(story, "INSERT INTO recipient (method_id) SELECT method_id FROM page")
    with held(story, "SELECT 1 FROM recipient FOR UPDATE"):
        assert claims_in_a_second(story) < 10


def test_a_lane_pauses_when_the_incident_of_a_page_is_missing(story: Story) -> None:
    story.cast()
    opens(story, cry())
    change(story, "DELETE FROM incident")
    assert claims_in_a_second(story) < 10


def test_a_recipient_whom_another_node_is_adding_holds_no_other_up(story: Story) -> None:
    story.cast()
    opens(story, cry(), cry("s", 2))
    with held(story, "INSERT INTO recipient (method_id) SELECT method_id FROM page WHERE incident_id = 1"):
        story._run(story._send_all())
    assert told(story) == ["Cy"]


def test_the_steps_of_others_go_on_while_one_service_is_held(story: Story) -> None:
    story.cast()
    opens(story, cry(), cry("s", 2))
    change(story, "UPDATE incident SET due_at = app_now()")
    with held_service(story, 1):
        story._run(story._wakeups.once())
        assert [row.due_at <= story.now for row in (story.incident(1), story.incident(2))] == [True, False]


@pytest.mark.parametrize(
    "damage", ["UPDATE incident SET service_id = 99", """UPDATE incident SET ladder = '{"level": "x"}'"""]
)
def test_an_incident_that_cannot_be_stepped_is_left_alone_for_a_while(damage: str, story: Story) -> None:
    story.cast()
    opens(story, cry())
    change(story, "UPDATE incident SET due_at = app_now()")
    change(story, damage)
    asked = 0

    class Asked(Wakeups):
        async def once(self) -> bool:
            nonlocal asked
            asked += 1
            return await super().once()

    story._run(for_a_while(Asked(story._pool, story._submitter, nothing).run(), 1.0))
    assert asked < 10


def test_a_wakeup_that_came_second_leaves_no_line_in_the_timeline(story: Story) -> None:
    story.cast()
    opens(story, cry())
    story.database.move_clock(seconds=301)

    async def together() -> None:
        nodes = [Wakeups(story._pool, Submitter(story._pool, wiring.ROAD), nothing) for _ in range(3)]
        await asyncio.gather(*(node.once() for node in nodes))

    story._run(together())
    reasons = [reason for (reason,) in story.database.link.execute("SELECT reason FROM journal ORDER BY id").fetchall()]
    assert reasons == [Reason.FIRST_ALERT, Reason.STEP_TIMED_OUT]


async def _two_are_paged(story: Story, gatherer: Gatherer, *, closed_first: bool) -> None:
    work = asyncio.create_task(gatherer.run())
    receipts = Receipts(story._pool, gatherer)
    writing = asyncio.create_task(receipts.run())
    sender = sender_of(story, story.phones["sms"])
    sender._receipts = receipts
    claimed = await sender.claim(after=0, most=10)
    if closed_first:
        gatherer.close()
        await work
    for message in claimed.messages:
        await sender.send(message)
    receipts.close()
    await writing
    gatherer.close()
    await work


@pytest.mark.parametrize("closed_first", [False, True], ids=["its service is held", "the road is closed"])
def test_a_failure_that_cannot_be_told_keeps_no_other_receipt(closed_first: bool, story: Story) -> None:
    story.cast()
    story.providers_answer("sms", GONE)
    opens(story, cry(), cry("s", 2))
    with held_service(story, 1):
        story._run(_two_are_paged(story, Gatherer(story._submitter, nothing), closed_first=closed_first))
    assert story.database.link.execute(STATES).fetchall() == [("accepted",)]


async def _hand_in(story: Story, hand_ins: Sequence[Any], *, then: Sequence[Any], size: int = 8) -> list[Any]:
    """Hands the first ones in, the others when the first ones wait aside; answers what became of the others."""
    pool = Database(story.database.url, size=size)
    await pool.open()
    gatherer = Gatherer(Submitter(pool, wiring.ROAD), nothing)
    work = asyncio.create_task(gatherer.run())
    first = [asyncio.ensure_future(gatherer.submit([fact])) for fact in hand_ins]
    await asyncio.wait(first, timeout=1.3)
    said: list[Any] = []
    for fact in then:
        began = time.monotonic()
        try:
            await gatherer.submit([fact])
            said.append(time.monotonic() - began)
        except Unavailable as fault:
            said.append(fault)
    await asyncio.wait(first)
    for one in first:
        one.exception()
    gatherer.close()
    await work
    await pool.close()
    return said


def test_an_acknowledgement_is_taken_while_another_service_is_held(story: Story) -> None:
    story.cast()
    opens(story, cry(), cry("s", 2))
    stuck, free = (Acknowledged(service=0, incident=number, by=1) for number in (1, 2))
    with held_service(story, 1):
        (took,) = story._run(_hand_in(story, [stuck], then=[free]))
    assert isinstance(took, float), took


@pytest.mark.parametrize("stuck", [AlertResolved(service=1, dedup_key="held"), Resolved(service=1, incident=1, by=1)])
def test_a_locked_incident_row_does_not_starve_its_whole_service(stuck: Any, story: Story) -> None:
    story.cast()
    opens(story, cry("held"))
    with held(story, "SELECT 1 FROM incident WHERE id = 1 FOR UPDATE"):
        hand_ins = [cry("a"), stuck, cry("b"), stuck, cry("c")]
        took = story._run(_hand_in(story, hand_ins, then=[cry("d"), cry("e"), stuck]))
    assert all(isinstance(one, float) and one < 4 for one in took[:2]), took
    assert isinstance(took[2], Contended), took
    opened = {key for (key,) in story.database.link.execute("SELECT dedup_key FROM alert ORDER BY id").fetchall()}
    assert opened == {"held", *"abcde"}


def test_many_services_that_are_held_leave_connections_for_the_others(story: Story) -> None:
    story.cast()
    row = Service.objects.get(name="checkout")
    for number in range(20):
        story.service(f"held {number}", team=row.team, policy="Payments")
    free = Service.objects.get(name="search").id
    others = list(Service.objects.exclude(id=free).values_list("id", flat=True))
    with held(story, "SELECT pg_advisory_xact_lock(7120402, id::int) FROM service WHERE name <> 'search'"):
        stuck = [cry(f"stuck {number}", number) for number in others]
        took = story._run(_hand_in(story, stuck, then=[cry(f"free {number}", free) for number in range(5)]))
    assert all(isinstance(one, float) and one < 0.9 for one in took), took


async def test_a_drain_waits_for_a_claim_that_is_under_way() -> None:
    claiming, go_on = asyncio.Event(), asyncio.Event()
    sent: list[str] = []

    class Brought:
        messages, after, found = ("a page",), 0, True

    class Work:
        async def claim(self, *, after: int, most: int) -> Brought:
            claiming.set()
            await go_on.wait()
            return Brought()

        async def send(self, message: str) -> None:
            await asyncio.sleep(0)
            sent.append(message)

    lane = Lane("sms", Work())
    running = asyncio.create_task(lane.run())
    await claiming.wait()
    draining = asyncio.create_task(lane.drain(5))
    await asyncio.sleep(0)
    go_on.set()
    await draining
    assert (sent, lane.sending, running.done()) == (["a page"], 0, True)
