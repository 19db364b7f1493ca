"""What is held up of a service: found in few tries, overtaken by nothing that is about the same, and given up in time."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest

from watchbill.engine.facts import Acknowledged, AlertResolved, Fact
from watchbill.runtime import aside as asides
from watchbill.runtime import clock
from watchbill.runtime.aside import ASIDE_FOR, TRIES, Aside
from watchbill.runtime.handins import HandIn
from watchbill.runtime.road import Away, Contended, ServiceHeld
from watchbill.runtime.tests.spooling import alert


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asides, "REST", 0.0)


class Held:
    """A database in which some alerts are held, or the service. `done`: what is committed. `waited`: tries that waited."""

    def __init__(self, *keys: str) -> None:
        self.keys = set(keys)
        self.service = False
        self.done: list[Fact] = []
        self.waited = self.tries = 0
        self.let_go_after = 1000
        self.gave_up = asyncio.Event()
        self.refused: list[HandIn] = []
        self.aside = Aside(frozenset({1}), self.commit, self.refuse, asyncio.Semaphore(1))

    async def commit(self, batch: list[HandIn]) -> None:
        self.tries += 1
        await asyncio.sleep(0)
        facts = [fact for one in batch for fact in one.facts]
        if self.waited < self.let_go_after:
            if self.service:
                self.waited += 1
                raise ServiceHeld("Somebody else holds the service.")
            if any(getattr(fact, "dedup_key", "") in self.keys for fact in facts):
                self.waited += 1
                raise Contended("Somebody else holds it.")
        self.done += facts
        for one in batch:
            one.answer.set_result(())

    def refuse(self, batch: Sequence[HandIn], fault: Exception) -> None:
        self.gave_up.set()
        for one in batch:
            self.refused.append(one)
            if not one.answer.done():
                one.answer.set_exception(fault)
                one.answer.exception()

    def add(self, *facts: Fact) -> None:
        for fact in facts:
            self.aside.add(HandIn([fact], asyncio.get_running_loop().create_future()))

    async def gives_up(self, count: int) -> None:
        while len(self.refused) < count:
            self.gave_up.clear()
            await self.gave_up.wait()

    async def run(self) -> None:
        self.aside.close()
        await self.aside.run()


async def test_one_that_is_held_among_two_thousand_is_found_by_few_tries_that_wait() -> None:
    held = Held("k777")
    held.add(*(alert(f"k{number}") for number in range(2000)))
    await held.run()
    assert len(held.done) == 1999 and len(held.refused) == 1
    assert held.waited <= 3 + TRIES and held.tries < 70, (held.waited, held.tries)


async def test_a_resolve_does_not_overtake_its_trigger_and_all_others_pass() -> None:
    held = Held("held")
    held.let_go_after = 3
    end = AlertResolved(service=1, dedup_key="held")
    taken = Acknowledged(service=1, incident=7, by=1)
    held.add(alert("a"), alert("held"), alert("b"), end, taken, alert("held"))
    await held.run()
    assert held.done == [alert("a"), alert("b"), taken, alert("held"), end, alert("held")]


async def test_what_stays_held_is_refused_with_all_that_is_behind_it_and_nothing_else() -> None:
    held = Held("held")
    held.add(alert("held"), *(alert("held") for _ in range(50)), alert("free"))
    await held.run()
    assert held.done == [alert("free")] and len(held.refused) == 51
    assert held.waited <= 3 + TRIES


async def test_what_is_known_to_be_held_holds_up_no_later_batch() -> None:
    held = Held("held")
    held.add(alert("held"))
    work = asyncio.create_task(held.aside.run())
    await held.gives_up(1)
    before = held.waited
    held.add(alert("held"), alert("a"), alert("b"))
    await held.gives_up(2)
    held.aside.close()
    await work
    assert held.done == [alert("a"), alert("b")] and held.waited - before == TRIES


async def test_between_two_tries_of_what_is_held_other_nodes_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asides, "REST", 0.05)
    held = Held("held")
    rested: list[float] = []
    commit = held.aside._commit

    async def timed(batch: list[HandIn]) -> None:
        rested.append(clock.monotonic())
        await commit(batch)

    held.aside._commit = timed  # type: ignore[method-assign]  # the same, and when
    held.add(alert("held"))
    await held.run()
    assert len(rested) == TRIES and min(b - a for a, b in pairwise(rested)) >= 0.05


async def test_where_the_service_itself_is_held_all_are_tried_together_and_given_up() -> None:
    held = Held()
    held.service = True
    held.add(*(alert(f"k{number}") for number in range(100)))
    await held.run()
    assert (held.waited, len(held.refused), held.done) == (TRIES, 100, [])


async def test_nobody_waits_for_longer_than_was_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(*(f"k{number}" for number in range(100)))
    monkeypatch.setattr(clock, "_monotonic", lambda: float(held.waited))  # each try that waits takes a second
    held.add(*(alert(f"k{number}") for number in range(100)))
    await held.run()
    assert len(held.refused) == 100 and held.waited <= ASIDE_FOR + 1


async def test_who_was_answered_meanwhile_is_not_tried_again() -> None:
    held = Held("held")
    held.add(alert("held"), alert("free"))
    held.refuse(held.aside.drop(), Away("The database cannot be used now."))
    await held.run()
    assert held.tries == 0 and len(held.refused) == 2
