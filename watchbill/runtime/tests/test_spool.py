"""The spooling road: a database that is away, frozen or back, nodes that crash, and a shelf without room."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from watchbill.engine.facts import AlertResolved, AlertTriggered
from watchbill.runtime import spool as spools
from watchbill.runtime.drain import decode
from watchbill.runtime.road import Away, Contended, Unavailable
from watchbill.runtime.spool import SPOOLED
from watchbill.runtime.tests.spooling import PATIENCE, TAKEN, Rig, hurry


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    hurry(monkeypatch)
    made = await Rig(tmp_path).start()
    yield made
    made.database.answering.set()
    await made.crash()


# the states


async def test_with_a_database_nothing_is_spooled(rig: Rig) -> None:
    assert await rig.submit("a") == (TAKEN,)
    assert (rig.shelf.count, rig.database.rows) == (0, ["a"])


async def test_while_the_database_is_away_events_are_kept_and_handed_in_later_in_order(rig: Rig) -> None:
    rig.database.away = True
    for key in "abc":
        assert await rig.submit(key) == (SPOOLED,)
    assert await rig.submit("d", "e") == (SPOOLED, SPOOLED)
    assert (rig.road.waiting, rig.database.rows) == (5, [])
    rig.database.away = False
    await rig.until(*"abcde")
    assert rig.committed == len(rig.database.batches) == 1, "whoever sends is woken, and they go as one batch"
    assert await rig.submit("f") == (TAKEN,)


async def test_the_database_is_not_tried_for_each_event(rig: Rig) -> None:
    rig.database.away = True
    await rig.submit("first")
    before = rig.database.tries
    await asyncio.gather(*(rig.submit(f"k{number}") for number in range(500)))
    assert rig.database.tries - before < 20


async def test_what_waited_in_the_gatherer_is_kept_with_the_first(rig: Rig) -> None:
    rig.database.answering.clear()
    waiting = [asyncio.ensure_future(rig.submit(f"k{number}")) for number in range(20)]
    await rig.turn()
    rig.database.away = True
    rig.database.answering.set()
    assert [answer for one in await asyncio.gather(*waiting) for answer in one] == [SPOOLED] * 20
    rig.database.away = False
    await rig.until(*(f"k{number}" for number in range(20)))


async def test_a_commit_whose_answer_was_lost_is_only_repeated(rig: Rig) -> None:
    rig.database.lost_answers = 1
    assert await rig.submit("a") == (SPOOLED,)
    await rig.until("a", "a")


@pytest.mark.parametrize("fault", [Contended("held"), ValueError("refused")])
async def test_only_for_a_database_that_is_away(rig: Rig, fault: Exception) -> None:
    rig.database.broken = fault
    with pytest.raises(Unavailable):
        await rig.submit("a")
    assert rig.shelf.count == 0


async def test_a_node_that_stops_does_not_spool(rig: Rig) -> None:
    rig.gatherer.close()
    with pytest.raises(Unavailable):
        await rig.submit("a")
    assert rig.shelf.count == 0


async def test_an_unknown_key_is_not_asked_for_while_the_database_is_away(rig: Rig) -> None:
    rig.database.away = True
    await rig.submit("a")
    with pytest.raises(Away):
        await rig.road.fresh_directory()


async def test_a_full_spool_is_503_and_what_it_took_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    rig = await Rig(tmp_path, limit=1000).start()
    rig.database.away = True
    keys = [f"k{number}" for number in range(20)]
    said = await asyncio.gather(*(rig.submit(key) for key in keys), return_exceptions=True)
    taken = [key for key, one in zip(keys, said, strict=True) if not isinstance(one, BaseException)]
    assert 3 < len(taken) < 15
    with pytest.raises(Unavailable) as full:
        await rig.submit("one more")
    assert not isinstance(full.value, Away) and full.value.retry_after >= 1
    rig.database.away = False
    await rig.until(*taken)
    await rig.crash()


async def test_without_a_spool_it_is_503_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    rig = await Rig(tmp_path, limit=0).start()
    rig.database.away = True
    for _ in range(3):
        with pytest.raises(Unavailable):
            await rig.submit("a")
    rig.database.away = False
    async with asyncio.timeout(PATIENCE):
        while not rig.road._direct:
            await rig.turn()
    assert await rig.submit("b") == (TAKEN,)
    await rig.crash()


# frozen


async def test_a_database_that_hangs_is_noticed_and_what_waited_is_kept(rig: Rig) -> None:
    rig.database.answering.clear()
    async with asyncio.timeout(PATIENCE):
        assert await asyncio.gather(rig.submit("a"), rig.submit("b")) == [(SPOOLED,), (SPOOLED,)]
        assert await rig.submit("c") == (SPOOLED,)
        with pytest.raises(Away):
            await rig.road.fresh_directory()
    rig.database.answering.set()
    await rig.until("a", "b", "a", "b", "c")  # the batch that hung was written after all, and repeated


async def test_what_is_spooled_follows_a_batch_that_hung(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a trigger that hung would come after its own resolve, and page for nothing."""
    monkeypatch.setattr(spools, "STUCK_FOR_GOOD", 0.1)
    hung = asyncio.Event()
    rig.database.held_answers = [hung]
    assert await rig.submit("a") == (SPOOLED,)
    assert await rig.submit("b") == (SPOOLED,)
    monkeypatch.setattr(spools, "STUCK_FOR_GOOD", 100.0)
    for _ in range(5):
        await rig.turn()
    assert rig.database.rows == []
    hung.set()
    await rig.until("a", "a", "b")


async def test_a_batch_that_hangs_for_ever_does_not_hold_up_the_drain_for_ever(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spools, "STUCK_FOR_GOOD", 0.1)
    rig.database.held_answers = [asyncio.Event()]
    assert await rig.submit("a") == (SPOOLED,)
    async with asyncio.timeout(PATIENCE):
        while rig.database.rows != ["a"] or rig.shelf.count:
            await rig.turn()


async def test_a_slow_batch_of_a_database_that_answers_is_waited_for(rig: Rig) -> None:
    rig.database.answering.clear()
    asked = 0

    async def ask() -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            rig.database.answering.set()

    rig.road._ask = ask
    assert await rig.submit("a") == (TAKEN,)
    assert asked == 3


# crashes


async def test_what_is_spooled_survives_the_node_and_goes_before_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    rig = await Rig(tmp_path).start()
    rig.database.away = True
    for key in "abc":
        await rig.submit(key)
    await rig.crash()
    rig.database.away = False
    await rig.start()
    assert not rig.road._direct
    await rig.submit("new")
    await rig.until(*"abc", "new")
    await rig.crash()


async def test_a_crash_between_commit_and_forgetting_repeats_and_skips_nothing(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(position: int) -> None:
        raise OSError("the node dies here")

    rig.database.away = True
    await rig.submit("a", "b")
    monkeypatch.setattr(rig.shelf, "forget", never)
    rig.database.away = False
    while not rig.database.rows:
        await rig.turn()
    await rig.crash()
    await rig.start()
    await rig.until("a", "b", "a", "b")


async def test_a_shelf_that_cannot_be_opened_is_said_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    (tmp_path / "spool").write_text("in the way")
    rig = await Rig(tmp_path / "spool").start()
    assert await rig.submit("a") == (TAKEN,)
    async with asyncio.timeout(PATIENCE):
        while rig.road.condition.said == "ok":
            await rig.turn()
        (tmp_path / "spool").unlink()
        while rig.road.condition.said != "ok":
            await rig.turn()
    rig.database.away = True
    assert await rig.submit("b") == (SPOOLED,)
    await rig.crash()


async def test_figures(rig: Rig) -> None:
    rig.database.away = True
    await rig.submit("a", "b")
    value = rig.metrics.registry.get_sample_value
    assert value("watchbill_spool_events") == value("watchbill_spooled_total") == 2
    assert (value("watchbill_spool_bytes") or 0) > 100


async def test_a_resolve_stays_behind_its_trigger(rig: Rig) -> None:
    rig.database.away = True
    await rig.submit("a")
    await rig.road.submit([AlertResolved(service=1, dedup_key="a")])
    taken = [decode(content) for _, content in await rig.shelf.take(9)]
    assert [type(fact) for fact in taken] == [AlertTriggered, AlertResolved]
