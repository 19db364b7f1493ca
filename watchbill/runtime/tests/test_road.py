"""The road on a real database: batches, nodes that race, and hand-ins that the database refuses."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from msgspec.structs import replace

from tests import database as databases
from tests.acceptance.story import Story
from watchbill import wiring
from watchbill.engine.facts import Acknowledged, AlertResolved, AlertTriggered, Fact
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Severity
from watchbill.runtime.database import Database
from watchbill.runtime.gather import MOST_WAITING, Gatherer
from watchbill.runtime.road import Unavailable
from watchbill.runtime.submit import Committed, Submitter
from watchbill.runtime.wakeups import Wakeups


@pytest.fixture
async def pool(database: databases.Database) -> AsyncIterator[Database]:
    """Connections of one node, to a house with the cast."""
    await asyncio.to_thread(_cast, database)
    opened = Database(database.url)
    await opened.open()
    yield opened
    await opened.close()


def _cast(database: databases.Database) -> None:
    story = Story(database)
    story.cast()
    story.close()


def alert(key: str = "db-1", *, service: int = 1) -> AlertTriggered:
    return AlertTriggered(service=service, dedup_key=key, summary=f"{key} is down", severity=Severity.CRITICAL)


def count(database: databases.Database, table: str) -> int:
    row = database.link.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return row[0]


async def test_the_same_event_from_three_nodes_five_times_is_one_incident_and_one_page(
    pool: Database, database: databases.Database
) -> None:
    nodes = [Submitter(pool, wiring.ROAD) for _ in range(3)]
    await asyncio.gather(*(node.run([alert()]) for node in nodes for _ in range(5)))
    assert (count(database, "incident"), count(database, "alert"), count(database, "page")) == (1, 1, 1)
    assert database.link.execute("SELECT count FROM alert").fetchone() == (15,)


async def test_within_a_batch_each_fact_sees_what_the_ones_before_it_did(
    pool: Database, database: databases.Database
) -> None:
    facts = [
        alert(),
        alert(),
        AlertResolved(service=1, dedup_key="db-1"),
        AlertResolved(service=1, dedup_key="db-1"),
        alert(),
    ]
    done = await Submitter(pool, wiring.ROAD).run(facts)
    assert [decision.reason for decision in done.decisions] == [
        Reason.FIRST_ALERT,
        Reason.ALERT_REPEATED,
        Reason.LAST_ALERT_RESOLVED,
        Reason.NO_OPEN_ALERT,
        Reason.FIRST_ALERT,
    ]
    assert count(database, "incident") == 2
    assert database.link.execute("SELECT count(*) FROM alert WHERE resolved_at IS NULL").fetchone() == (1,)


async def test_numbers_that_a_batch_did_not_need_are_used_by_the_next(pool: Database) -> None:
    node = Submitter(pool, wiring.ROAD)
    await node.run([alert("a")])
    await node.run([AlertResolved(service=1, dedup_key="nothing")])
    done = await node.run([alert("b")])
    assert done.decisions[0].incident == 2


async def test_an_unknown_incident_is_said_and_the_rest_of_the_batch_goes_on(pool: Database) -> None:
    node = Submitter(pool, wiring.ROAD)
    done = await node.run([Acknowledged(service=0, incident=77, by=1), alert()])
    assert [decision.reason for decision in done.decisions] == [Reason.UNKNOWN_INCIDENT, Reason.FIRST_ALERT]


async def test_what_arrives_while_a_batch_commits_is_the_next_batch(pool: Database) -> None:
    batches: list[Committed] = []
    gatherer = Gatherer(Submitter(pool, wiring.ROAD), batches.append)
    work = asyncio.create_task(gatherer.run())
    answers = await asyncio.gather(*(gatherer.submit([alert(f"k{n}")]) for n in range(200)))
    assert {decisions[0].reason for decisions in answers} == {Reason.FIRST_ALERT}
    assert len({decisions[0].incident for decisions in answers}) == 200
    assert len(batches) < 20
    gatherer.close()
    await work


async def test_one_hand_in_that_the_database_refuses_does_not_take_the_others_with_it(pool: Database) -> None:
    gatherer = Gatherer(Submitter(pool, wiring.ROAD), lambda done: None)
    work = asyncio.create_task(gatherer.run())
    poison = alert("a\0b")  # intake would not let it in; PostgreSQL takes no NUL
    answers = await asyncio.gather(
        gatherer.submit([alert("first")]),
        gatherer.submit([poison]),
        gatherer.submit([alert("last")]),
        return_exceptions=True,
    )
    assert isinstance(answers[1], Unavailable)
    assert [answers[0][0].reason, answers[2][0].reason] == [Reason.FIRST_ALERT] * 2
    gatherer.close()
    await work


async def test_after_the_close_what_was_taken_is_committed_and_nothing_more_is_taken(
    pool: Database, database: databases.Database
) -> None:
    gatherer = Gatherer(Submitter(pool, wiring.ROAD), lambda done: None)
    taken = [asyncio.ensure_future(gatherer.submit([alert(f"k{n}")])) for n in range(5)]
    await asyncio.sleep(0)
    gatherer.close()
    with pytest.raises(Unavailable):
        await gatherer.submit([alert("late")])
    await gatherer.run()
    assert {decisions[0].reason for decisions in await asyncio.gather(*taken)} == {Reason.FIRST_ALERT}
    assert count(database, "alert") == 5


async def test_more_than_can_wait_is_refused_and_not_lost_silently(pool: Database) -> None:
    gatherer = Gatherer(Submitter(pool, wiring.ROAD), lambda done: None)
    waiting = asyncio.ensure_future(gatherer.submit([alert(f"k{n}") for n in range(MOST_WAITING + 1)]))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await gatherer.submit([alert("one more")])
    waiting.cancel()


async def test_an_idle_node_learns_of_a_new_configuration(pool: Database, database: databases.Database) -> None:
    node = Submitter(pool, wiring.ROAD)
    await node.refresh()
    database.link.execute("UPDATE configuration SET version = version + 1")
    database.link.execute("UPDATE service SET name = 'renamed' WHERE id = 1")
    await Wakeups(pool, node, lambda done: None)._until_next()
    assert node.directory.services[1].name == "renamed"


async def test_a_database_that_is_not_there_is_unavailable(database: databases.Database) -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1")
    await nowhere.open()
    with pytest.raises(Unavailable):
        await Submitter(nowhere, wiring.ROAD).run([alert()])
    await nowhere.close()


async def test_a_service_that_is_held_up_does_not_hold_up_the_others_for_ever(
    pool: Database, database: databases.Database
) -> None:
    """Somebody holds service 1 for long: its event is refused with 503, the other service's is taken."""
    gatherer = Gatherer(Submitter(pool, wiring.ROAD), lambda done: None)
    work = asyncio.create_task(gatherer.run())
    with database.link.transaction():
        database.link.execute("SELECT pg_advisory_xact_lock(7120402, 1)")
        stuck, free = await asyncio.gather(
            gatherer.submit([alert()]), gatherer.submit([alert(service=2)]), return_exceptions=True
        )
    assert isinstance(stuck, Unavailable)
    assert free[0].reason is Reason.FIRST_ALERT
    gatherer.close()
    await work


ENDED = AlertResolved(service=1, dedup_key="db-1")


async def reasons(pool: Database, *facts: Fact) -> Sequence[Reason]:
    done = await Submitter(pool, wiring.ROAD).run(facts)
    return [decision.reason for decision in done.decisions]


async def test_a_drained_trigger_that_is_older_than_its_resolve_does_not_bring_a_dead_alert_to_life(
    pool: Database, database: databases.Database
) -> None:
    kept = replace(alert(), kept_at=database.move_clock(seconds=1))
    database.move_clock(seconds=5)
    assert await reasons(pool, ENDED) == [Reason.NO_OPEN_ALERT]
    database.move_clock(seconds=60)
    assert await reasons(pool, kept) == [Reason.OVER_BEFORE_KNOWN]
    assert count(database, "page") == 0
    assert database.link.execute("SELECT status FROM incident").fetchall() == [("resolved",)]
    assert database.link.execute("SELECT resolved_at IS NULL FROM alert").fetchall() == [(False,)]
    assert await reasons(pool, alert()) == [Reason.FIRST_ALERT], "told anew, it fires"


async def test_a_drained_trigger_that_is_younger_than_the_last_resolve_pages(
    pool: Database, database: databases.Database
) -> None:
    old = replace(alert(), kept_at=database.move_clock(seconds=1))
    database.move_clock(seconds=5)
    await reasons(pool, ENDED, replace(ENDED, dedup_key="another"))
    new = replace(alert(), kept_at=database.move_clock(seconds=5))
    assert await reasons(pool, old, new, old) == [Reason.OVER_BEFORE_KNOWN, Reason.FIRST_ALERT, Reason.ALERT_REPEATED]
    assert database.link.execute("SELECT count(*) FROM alert WHERE resolved_at IS NULL").fetchone() == (1,)


async def test_a_resolve_that_waited_on_a_disk_itself_ends_no_alert_that_may_be_younger(
    pool: Database, database: databases.Database
) -> None:
    kept = replace(alert(), kept_at=database.move_clock(seconds=1))
    database.move_clock(seconds=5)
    await reasons(pool, replace(ENDED, kept_at=kept.kept_at))
    assert await reasons(pool, kept) == [Reason.FIRST_ALERT]


async def test_after_the_clock_of_the_database_was_set_forward_a_drained_trigger_pages(
    pool: Database, database: databases.Database
) -> None:
    node = Submitter(pool, wiring.ROAD)
    await node.refresh()
    kept = replace(alert(), kept_at=node.now_at_most())
    database.move_clock(hours=1)
    await reasons(pool, ENDED)
    assert (await node.run([kept])).decisions[0].reason is Reason.FIRST_ALERT
