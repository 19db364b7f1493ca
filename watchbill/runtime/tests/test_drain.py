"""The drain: what is spooled comes back exactly, in its order, whatever is refused or held up in between."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from watchbill.engine.facts import Fact
from watchbill.runtime import drain as drains
from watchbill.runtime.drain import Spoolable, decode, encode
from watchbill.runtime.road import Decision
from watchbill.runtime.spool import SPOOLED
from watchbill.runtime.tests.spooling import NOW, PATIENCE, TAKEN, Rig, alert, hurry

ZONES = [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-12))]  # all that a wire can say


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    hurry(monkeypatch)
    made = await Rig(tmp_path).start()
    yield made
    made.database.answering.set()
    await made.crash()


# facts


def of_every_kind() -> st.SearchStrategy[Fact]:
    st.register_type_strategy(msgspec.Raw, st.just(msgspec.Raw(b'{"a": [1, 2.50, "\xc3\xa4 \\u00e4"],"b":{} }')))
    st.register_type_strategy(str, st.text(st.characters(exclude_categories=("Cs",))))
    st.register_type_strategy(int, st.integers(-(2**63), 2**63 - 1))
    st.register_type_strategy(datetime, st.datetimes(timezones=st.sampled_from(ZONES)))
    return st.one_of([st.from_type(kind) for kind in Spoolable.__args__])


@given(of_every_kind())
def test_every_fact_comes_back_exactly_as_it_was(fact: Fact) -> None:
    again = decode(encode(fact))
    assert type(again) is type(fact)
    for name in fact.__struct_fields__:
        one, other = getattr(fact, name), getattr(again, name)
        assert (bytes(one), type(one)) == (bytes(other), type(other)) if name == "body" else one == other


def test_every_fact_can_be_spooled() -> None:
    def kinds(of: type) -> set[type]:
        return {of, *(kind for sub in of.__subclasses__() for kind in kinds(sub))}

    assert {kind.__name__ for kind in kinds(Fact)} - {"Fact", "OnIncident"} == {
        kind.__name__ for kind in Spoolable.__args__
    }


# the drain


async def test_the_drain_wins_against_senders_who_never_rest(rig: Rig) -> None:
    rig.database.away = True
    for number in range(50):
        await rig.submit(f"k{number}")
    sent: dict[int, list[tuple[str, Decision]]] = {lane: [] for lane in range(20)}

    async def send(lane: int) -> None:
        number = 0
        while (TAKEN not in {said for _, said in sent[lane][-3:]}) or number < 5:
            key = f"lane{lane}-{number}"
            (said,) = await rig.submit(key)
            sent[lane].append((key, said))
            number += 1

    rig.database.away = False
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(send(lane) for lane in sent))
    assert rig.database.rows[:50] == [f"k{number}" for number in range(50)], "what came later goes behind"
    for lane in sent.values():
        committed = [key for key in rig.database.rows if key in {name for name, _ in lane}]
        assert committed == [key for key, _ in lane], "each sender's events keep their order"


async def test_a_database_that_goes_again_in_the_drain_loses_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drains, "MOST", 3)
    rig.database.away = True
    keys = [f"k{number}" for number in range(10)]
    for key in keys:
        await rig.submit(key)
    rig.database.away = False
    while not rig.database.rows:
        await rig.turn()
    rig.database.away = True
    assert await rig.submit("late") == (SPOOLED,)
    rig.database.away = False
    await rig.until(*keys, "late")


async def test_an_incident_that_somebody_holds_does_not_keep_its_service_in_the_spool(rig: Rig) -> None:
    rig.database.away = True
    rig.database.locked = {"b"}
    for key in "abcbd":
        await rig.submit(key)
    rig.database.away = False
    async with asyncio.timeout(PATIENCE):
        while rig.database.rows != list("acd"):
            await rig.turn()
    assert rig.shelf.count, "what is held stays where it is safe"
    rig.database.locked = set()
    await rig.until(*"acdbb")


async def test_what_is_refused_for_itself_is_set_aside_and_kept(rig: Rig) -> None:
    rig.database.away = True
    rig.database.poison = {"b", "d"}
    for key in "abcde":
        await rig.submit(key)
    rig.database.away = False
    await rig.until(*"ace")
    kept = [decode(path.read_bytes()) for path in sorted((rig.folder / "refused").glob("*.json"))]
    assert kept == [replace(alert(key), kept_at=NOW) for key in "bd"]


async def test_a_single_one_that_is_refused_blocks_nobody(rig: Rig) -> None:
    rig.database.away = True
    rig.database.poison = {"a"}
    await rig.submit("a")
    rig.database.away = False
    async with asyncio.timeout(PATIENCE):
        while not rig.road._direct:
            await rig.turn()
    assert len(list((rig.folder / "refused").iterdir())) == 1
    assert await rig.submit("b") == (TAKEN,)


async def test_when_everything_is_refused_nothing_is_set_aside(rig: Rig) -> None:
    """A table that is gone is no fault of the events."""
    rig.database.away = True
    for key in "abc":
        await rig.submit(key)
    rig.database.broken = ValueError("relation does not exist")
    rig.database.away = False
    tries = rig.database.tries
    while rig.database.tries < tries + 30:
        await rig.turn()
    assert rig.shelf.count == 3 and "relation" in rig.road.condition.said
    rig.database.broken = None
    await rig.until(*"abc")
    assert not (rig.folder / "refused").exists() and rig.road.condition.said == "ok"


async def test_a_record_that_this_version_cannot_read_is_set_aside(rig: Rig) -> None:
    rig.database.away = True
    await rig.submit("a")
    await rig.shelf.put([b'{"type":"OfTheFuture","service":1}'])
    await rig.submit("b")
    rig.database.away = False
    await rig.until(*"ab")
    (kept,) = (rig.folder / "refused").iterdir()
    assert b"OfTheFuture" in kept.read_bytes()


async def test_a_service_that_is_held_up_waits_and_the_others_go_on(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drains, "MOST", 2)
    rig.database.away = True
    rig.database.held = {1}
    for key in "ab":
        await rig.submit(f"1{key}", f"1{key}{key}", service=1)
        await rig.submit(f"2{key}", service=2)
    rig.database.away = False
    async with asyncio.timeout(PATIENCE):
        while rig.database.rows != ["2a", "2b"]:
            await rig.turn()
    assert rig.shelf.count == 6, "nothing is forgotten past one that waits"
    rig.database.held = set()
    await rig.until("2a", "2b", "1a", "1aa", "1b", "1bb")
