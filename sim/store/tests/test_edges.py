"""Edges, each by name: where a twin is easily wrong, and what both stores must say there."""

from random import Random
from typing import Any

import psycopg
import pytest
from msgspec import Raw
from msgspec.structs import replace

from sim.store.tables import Line, Recipient
from sim.store.tests.both import in_memory, in_sql
from sim.store.tests.indexes import check_indexes
from sim.store.tests.rows import (
    GONE,
    NO_ROWS,
    NOW,
    TICK,
    State,
    put_into_sql,
    some_alert,
    some_incident,
    some_page,
)
from sim.store.tests.town import empty_tables, settle_town
from tests import database as real
from watchbill.engine.case import Alert, Incident
from watchbill.engine.delivery import PageState
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Status
from watchbill.incidents import apply as incidents_apply
from watchbill.incidents import load as incidents_load
from watchbill.journal import load as journal_load
from watchbill.paging import claim, settle
from watchbill.runtime import wakeups
from watchbill.runtime.database import Database, as_json


class Both:
    """Both stores, over one town."""

    def __init__(self, server: real.Database) -> None:
        server.set_clock(NOW)
        self._url = server.url

    async def say(self, state: State, statement: str, parameters: Any) -> list[tuple[Any, ...]]:
        """What both answer, having come to the same rows."""
        pool = Database(self._url, size=1)
        await pool.open()
        wanted = None
        async with pool.transaction() as link:
            await settle_town(link, Random(1), now=NOW)
            await put_into_sql(link, state)
            tables = await empty_tables(link, NOW)
            wanted = await in_sql(link, state, statement, parameters)
            raise psycopg.Rollback
        await pool.close()
        assert wanted is not None
        found = await in_memory(tables, state, statement, parameters)
        assert found.tables == wanted.tables
        assert sorted(found.answer, key=repr) == sorted(wanted.answer, key=repr)
        check_indexes(tables)
        return found.answer


@pytest.fixture
def both(database: real.Database) -> Both:
    return Both(database)


def _incident(number: int, **other: Any) -> Incident:
    made = replace(some_incident(Random(number), number), service=1, status=Status.TRIGGERED, due_at=None)
    return replace(made, **other)


def _page(id_: int, **other: Any) -> Any:
    made = replace(some_page(Random(id_), id_, [1]), state="due", due_at=NOW, channel="mail", method=11, fence=0)
    return replace(made, **{"incident": 1, **other})


def _alert(id_: int, **other: Any) -> Alert:
    return replace(some_alert(Random(id_), id_, 1, 1, "disk", None), **other)


def _holding(**rows: Any) -> State:
    return replace(NO_ROWS, **rows, numbers=50)


LANE = {"channel": "mail", "after": 0, "busy": [], "most": 9}


async def test_what_is_due_now_is_due(both: Both) -> None:
    incidents = [_incident(1, due_at=NOW), _incident(2, due_at=NOW + TICK), _incident(3, due_at=NOW - TICK)]
    assert await both.say(_holding(incidents=incidents), wakeups.DUE, [[], 9]) == [(3, 1), (1, 1)]
    pages = [_page(1), _page(2, method=12, due_at=NOW + TICK), _page(3, method=21, state="leased")]
    pages += [_page(4, method=22, state="accepted"), _page(5, method=31, channel="push")]
    assert await both.say(_holding(pages=pages), claim.DUE_METHODS, LANE) == [(11,), (21,)]


async def test_a_recipient_is_held_until_just_before_its_time(both: Both) -> None:
    pages = [_page(1), _page(2, method=12), _page(3, method=21)]
    recipients = {11: Recipient(None, NOW), 12: Recipient(None, NOW + TICK), 21: Recipient(NOW + TICK, None)}
    state = _holding(pages=pages, recipients=recipients)
    assert await both.say(state, claim.DUE_METHODS, LANE) == [(11,), (21,)]


async def test_who_is_wanted_twice_is_taken_once(both: Both) -> None:
    state = _holding(recipients={11: Recipient(), 12: Recipient()})
    assert await both.say(state, claim.TAKE_RECIPIENTS, [[12, 11, 12]]) == [(11, None, NOW), (12, None, NOW)]
    assert len(await both.say(state, claim.KNOWN_RECIPIENTS, [[12, 11, 12]])) == 2


async def test_the_newest_open_are_told_by_number_whoever_wrote_first(both: Both) -> None:
    state = _holding(incidents=[_incident(9), _incident(2), _incident(5), _incident(4), _incident(7)])
    assert [row[0] for row in await both.say(state, incidents_load.NEWEST_OPEN, [[1]])] == [9, 7, 5]


async def test_an_incident_that_was_over_when_it_was_written_is_not_open(both: Both) -> None:
    state = _holding(incidents=[_incident(3), _incident(4, status=Status.RESOLVED)])
    assert [row[0] for row in await both.say(state, incidents_load.NEWEST_OPEN, [[1]])] == [3]
    over = as_json([_incident(8, status=Status.RESOLVED)])
    await both.say(state, incidents_apply.ADD_INCIDENTS, [over])


@pytest.mark.parametrize(
    ("body", "links"),
    [(b"{}", None), (b'{"links":null}', ("json", None)), (b'{"links":[{"href":"x"}]}', ("json", [{"href": "x"}]))],
)
async def test_the_links_of_the_first_alert_are_told(both: Both, body: bytes, links: Any) -> None:
    alerts = [_alert(1, body=Raw(body)), _alert(2, dedup_key="cpu", body=Raw(b'{"links":"no"}'))]
    state = _holding(incidents=[_incident(1)], alerts=alerts, pages=[_page(1)])
    (row,) = await both.say(state, claim.DUE_PAGES, {"channel": "mail", "methods": [11], "now": NOW, "each": 5})
    assert row[21] == links


@pytest.mark.parametrize(("page", "reached"), [({}, True), ({"channel": "push"}, False), ({"person": 4}, False)])
async def test_who_can_be_reached(both: Both, page: dict[str, Any], reached: bool) -> None:
    state = _holding(incidents=[_incident(1)], pages=[_page(1, **{"person": 1, **page})])
    lane = {"channel": page.get("channel", "mail"), "methods": [11], "now": NOW, "each": 5}
    (row,) = await both.say(state, claim.DUE_PAGES, lane)
    assert row[18] is reached


async def test_a_page_of_what_there_is_not_is_told_all_the_same(both: Both) -> None:
    state = _holding(pages=[_page(1, incident=GONE, person=GONE, method=GONE)])
    (row,) = await both.say(state, claim.DUE_PAGES, {"channel": "mail", "methods": [GONE], "now": NOW, "each": 5})
    assert row[10:18] == (None,) * 8
    assert row[18:] == (False, None, None, None, None)


async def test_of_two_outcomes_under_one_fence_the_first_counts(both: Both) -> None:
    outcomes = [
        settle.Settled(1, fence, 1, 1, 11, "mail", 1, state, due_at, Reason.PAGE_SENT, "", 1.0)
        for fence, state, due_at in (
            (6, PageState.FAILED, None),
            (7, PageState.DUE, NOW),
            (7, PageState.ACCEPTED, None),
        )
    ]
    state = _holding(pages=[_page(1, state="leased", fence=7)])
    assert await both.say(state, settle.SETTLE, [as_json(outcomes)]) == [(1, 7)]


async def test_an_incident_closed_twice_is_closed_at_the_first(both: Both) -> None:
    state = _holding(incidents=[_incident(1)], alerts=[_alert(1)])
    await both.say(state, incidents_apply.CLOSE_ALERTS, [[1, 1], [NOW, NOW + TICK]])


async def test_the_last_end_is_the_last_line_and_none_that_was_kept(both: Both) -> None:
    def line(id_: int, at: Any, data: bytes) -> Line:
        return Line(
            id=id_, at=at, incident=None, service=1, kind="fact", what="AlertResolved", reason="", by=0, via="",
            data=Raw(data),
        )  # fmt: skip

    lines = [
        line(1, NOW, b'{"dedup_key":"a"}'),
        line(2, NOW - TICK, b'{"dedup_key":"a","kept_at":null}'),
        line(3, NOW + TICK, b'{"dedup_key":"a","kept_at":"2026-03-29T01:00:00Z"}'),
    ]
    assert await both.say(_holding(lines=lines), journal_load.LAST_ENDED, [[1, 2], ["a", "a"]]) == [
        (1, "a", NOW - TICK)
    ]
