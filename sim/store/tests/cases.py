"""For every statement: parameters for it on a state at random, and in which order it answers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random
from typing import Any

from msgspec import Raw, Struct
from msgspec.structs import replace

from sim.store.tests.rows import (
    GONE,
    KEYS,
    MOMENTS,
    NOW,
    State,
    some_alert,
    some_incident,
)
from sim.store.tests.town import CHANNELS, METHODS, PEOPLE, POLICIES, SERVICES
from watchbill.engine.delivery import PageState
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Urgency
from watchbill.incidents import apply as incidents_apply
from watchbill.incidents import load as incidents_load
from watchbill.journal import apply as journal_apply
from watchbill.journal import load as journal_load
from watchbill.oncall import apply as oncall_apply
from watchbill.paging import apply as paging_apply
from watchbill.paging import claim, settle, turns
from watchbill.runtime import clock, submit, wakeups
from watchbill.runtime.database import as_json

Key = Callable[[State, tuple[Any, ...]], Any]


def _as_answered(state: State, row: tuple[Any, ...]) -> Any:
    return row


def _in_no_order(state: State, row: tuple[Any, ...]) -> Any:
    return None


def _by_due_at(state: State, row: tuple[Any, ...]) -> Any:
    return next(incident.due_at for incident in state.incidents if incident.id == row[0])


class Case(Struct, frozen=True):
    """`parameters`: what the statement is run with, at random. `key`: what of the answered rows must be in the same
    order; rows of one key may be in any. `ties_cut`: whether a limit may choose between rows of one key. `idle`: whether
    the statement neither answers nor changes anything."""

    parameters: Callable[[Random, State], Any]
    key: Key = _in_no_order
    ties_cut: bool = False
    idle: bool = False


def _without(rng: Random, state: State) -> Any:
    return None


def _some(rng: Random, of: Sequence[Any], least: int = 0) -> list[Any]:
    return rng.sample(list(of), rng.randint(min(least, len(of)), len(of)))


# the road


def _ailing(rng: Random, state: State) -> list[int]:
    return rng.choice(([], [], _some(rng, [incident.id for incident in state.incidents])))


def _due(rng: Random, state: State) -> Any:
    return [_ailing(rng, state), rng.choice((1, 3, 500))]


def _keys(rng: Random, state: State) -> Any:
    keys = _some(rng, [(service, key) for service in (*SERVICES, GONE) for key in KEYS], 5)
    return [[service for service, _ in keys], [key for _, key in keys]]


def _numbers(rng: Random, state: State) -> Any:
    return [_some(rng, range(1, 45), 10)]


def _services(rng: Random, state: State) -> Any:
    return [_some(rng, (*SERVICES, GONE, 55), 1)]


def _add_incidents(rng: Random, state: State) -> Any:
    free = set(range(1, 60)) - {incident.id for incident in state.incidents}
    return [as_json([some_incident(rng, number) for number in rng.sample(sorted(free), 4)])]


def _change_incidents(rng: Random, state: State) -> Any:
    return [as_json([some_incident(rng, number) for number in (*_numbers(rng, state)[0], 77)])]


def _keys_open(state: State) -> set[tuple[int, str]]:
    return {(alert.service, alert.dedup_key) for alert in state.alerts if alert.resolved_at is None}


def _add_alerts(rng: Random, state: State) -> Any:
    is_open = _keys_open(state)
    alerts = []
    for incident in rng.sample(state.incidents, 4):
        for key in rng.sample(KEYS, 2):
            ended = rng.choice((None, NOW))
            if (incident.service, key) in is_open:
                ended = NOW
            if ended is None:
                is_open.add((incident.service, key))
            alerts.append(replace(some_alert(rng, 0, incident.id, incident.service, key, ended), id=rng.choice((0, 3))))
    return [as_json(alerts)]


def _ends(rng: Random, state: State) -> list[tuple[int, datetime | None]]:
    """Ends for some alerts, under which none is open twice: ended ones may be open again where their key is free."""
    is_open = _keys_open(state)
    ends: list[tuple[int, datetime | None]] = [(GONE, NOW)]
    for alert in _some(rng, state.alerts, 5):
        key = (alert.service, alert.dedup_key)
        again = alert.resolved_at is None or key not in is_open
        ended = rng.choice((None, *MOMENTS)) if again else rng.choice(MOMENTS)
        if ended is None:
            is_open.add(key)
        ends.append((alert.id, ended))
    rng.shuffle(ends)
    return ends


def _change_alerts(rng: Random, state: State) -> Any:
    return [as_json([some_alert(rng, id_, 5, 77, "another key", ended) for id_, ended in _ends(rng, state)])]


def _touch_alerts(rng: Random, state: State) -> Any:
    ends = _ends(rng, state)
    ids, ended = [id_ for id_, _ in ends], [end for _, end in ends]
    return [ids, [rng.choice(MOMENTS) for _ in ids], ended, [rng.randint(1, 99) for _ in ids]]


def _close_alerts(rng: Random, state: State) -> Any:
    numbers = _some(rng, range(1, 45), 15)
    return [numbers, [rng.choice(MOMENTS) for _ in numbers]]


def _add_pages(rng: Random, state: State) -> Any:
    pages = [
        paging_apply.NewPage(
            incident=rng.randint(1, 40), person=rng.randint(1, 6), method=rng.choice((*METHODS, GONE)),
            channel=rng.choice(CHANNELS), level=rng.randint(0, 3), urgency=rng.choice(list(Urgency)),
            reason=Reason.FIRST_PAGE, at=rng.choice(MOMENTS), late=rng.choice((0, 75)),
        )
        for _ in range(rng.randint(1, 6))
    ]  # fmt: skip
    return [as_json(pages)]


def _policies(rng: Random, state: State) -> Any:
    return [_some(rng, (*POLICIES, GONE), 1)]


def _count_on(rng: Random, state: State) -> Any:
    """Of steps that have paged before, and of steps that have not."""
    steps = sorted(_some(rng, [(policy, level) for policy in (*POLICIES, GONE) for level in range(4)], 3))
    return [[policy for policy, _ in steps], [level for _, level in steps], [rng.randint(1, 3) for _ in steps]]


def _tell_shadows(rng: Random, state: State) -> Any:
    """Some were told before, and one is told twice at once."""
    known = [(notice.incident, notice.person) for notice in rng.sample(state.notices, 2)]
    fresh = [(rng.choice((*state.incidents,)).id, rng.choice(PEOPLE)) for _ in range(3)]
    notices = [
        oncall_apply.NewNotice(
            person=person, incident=incident, subject=f"#{incident}: „ü“", body=f"n{place}", at=rng.choice(MOMENTS)
        )
        for place, (incident, person) in enumerate((*known, *fresh, fresh[0]))
    ]  # fmt: skip
    return [as_json(notices)]


def _append(rng: Random, state: State) -> Any:
    lines = [
        journal_apply.Line(
            at=rng.choice(MOMENTS), incident=rng.choice((None, 3)), service=rng.choice((None, 1)), kind="fact",
            what="AlertTriggered", reason=rng.choice(("", "OPENED")), by=rng.choice((0, 2)), via=rng.choice(("", "cli")),
            data=Raw(rng.choice((b"{}", b'{"b":[1,null,{"c":"\\u00e9"}],"a":1.0}'))),
        )
        for _ in range(rng.randint(1, 5))
    ]  # fmt: skip
    return [as_json(lines)]


# the outbox


def _due_methods(rng: Random, state: State) -> Any:
    return {
        "channel": rng.choice((*CHANNELS, "none")),
        "after": rng.choice((0, 0, 12, 31)),
        "busy": _some(rng, METHODS) if rng.random() < 0.3 else [],
        "most": rng.choice((1, 2, 50)),
    }


def _methods(rng: Random, state: State) -> Any:
    return [_some(rng, (*METHODS, GONE, 1000), 1)]


def _due_pages(rng: Random, state: State) -> Any:
    return {
        "channel": rng.choice(CHANNELS),
        "methods": _some(rng, (*METHODS, GONE), 6),
        "now": rng.choice((NOW, NOW, MOMENTS[-1])),
        "each": rng.choice((1, 2, 1000)),
    }


def _fenced(rng: Random, state: State) -> dict[str, Any]:
    """Some pages with the fence that they have, some with another, and one that there is not."""
    pages = [page for page in state.pages if rng.random() < 0.6]
    rng.shuffle(pages)
    fences = [page.fence if rng.random() < 0.8 else 3 for page in pages]
    return {"ids": [*(page.id for page in pages), GONE], "fences": [*fences, 0], "now": NOW}


def _lease_pages(rng: Random, state: State) -> Any:
    fenced = _fenced(rng, state)
    return {**fenced, "until": MOMENTS[-1], "fence": 2**61, "messages": [rng.randint(1, 9) for _ in fenced["ids"]]}


def _hold_gone(rng: Random, state: State) -> Any:
    fenced = _fenced(rng, state)
    return {"ids": fenced["ids"], "fences": fenced["fences"], "until": MOMENTS[-1], "fence": 5}


def _suppress_pages(rng: Random, state: State) -> Any:
    fenced = _fenced(rng, state)
    return {**fenced, "whys": [str(rng.choice(list(Reason))) for _ in fenced["ids"]]}


def _hold_pages(rng: Random, state: State) -> Any:
    fenced = _fenced(rng, state)
    untils = [rng.choice(MOMENTS) for _ in fenced["ids"]]
    return {"ids": fenced["ids"], "fences": fenced["fences"], "untils": untils, "why": "PAGE_HELD_BACK"}


def _pace(rng: Random, state: State) -> Any:
    (methods,) = _methods(rng, state)
    return [methods, [rng.choice(MOMENTS) for _ in methods], [rng.choice((None, *MOMENTS)) for _ in methods]]


def _settle(rng: Random, state: State) -> Any:
    fenced = _fenced(rng, state)
    outcomes = [
        settle.Settled(
            page=page, fence=fence, incident=1, person=1, method=1, channel="mail", attempt=1,
            state=rng.choice(list(PageState)), due_at=rng.choice((None, *MOMENTS)), reason=Reason.PAGE_SENT,
            detail=rng.choice(("", "250 ok – „ü“")), took_ms=1.5,
        )
        for page, fence in zip(fenced["ids"], fenced["fences"], strict=True)
    ]  # fmt: skip
    return [as_json(outcomes)]


def _newest_first(state: State, row: tuple[Any, ...]) -> Any:
    return row[0], row[1]


def _page_and_method(state: State, row: tuple[Any, ...]) -> Any:
    return row[3], row[0]


CASES: dict[str, Case] = {
    submit.LOCK_SERVICES: Case(_services, _as_answered),
    submit.NOW_AND_VERSION: Case(_without, _as_answered),
    clock.NOW: Case(_without, _as_answered),
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY": Case(_without, idle=True),
    "SELECT 1": Case(_without, _as_answered),
    wakeups.DUE: Case(_due, _by_due_at, ties_cut=True),
    wakeups.NEXT: Case(lambda rng, state: [_ailing(rng, state)], _as_answered),
    incidents_load.OPEN_ALERTS: Case(_keys),
    incidents_load.BY_NUMBER: Case(_numbers),
    incidents_load.NEWEST_OPEN: Case(_services, _newest_first),
    incidents_load.SERVICES_OF: Case(_numbers),
    incidents_apply.NUMBERS: Case(lambda rng, state: [rng.randint(0, 3)], _as_answered),
    incidents_apply.ADD_INCIDENTS: Case(_add_incidents),
    incidents_apply.CHANGE_INCIDENTS: Case(_change_incidents),
    incidents_apply.ADD_ALERTS: Case(_add_alerts),
    incidents_apply.CHANGE_ALERTS: Case(_change_alerts),
    incidents_apply.TOUCH_ALERTS: Case(_touch_alerts),
    incidents_apply.CLOSE_ALERTS: Case(_close_alerts),
    paging_apply.ADD_PAGES: Case(_add_pages),
    turns.TAKE: Case(_policies),
    turns.COUNT_ON: Case(_count_on),
    oncall_apply.TELL_SHADOWS: Case(_tell_shadows),
    journal_apply.APPEND: Case(_append),
    journal_load.LAST_ENDED: Case(_keys),
    claim.DUE_METHODS: Case(_due_methods, _as_answered),
    claim.KNOWN_RECIPIENTS: Case(_methods),
    claim.BARELY_WAIT: Case(_without, idle=True),
    claim.WAIT_AS_BEFORE: Case(_without, idle=True),
    claim.KNOW_RECIPIENTS: Case(_methods),
    claim.TAKE_RECIPIENTS: Case(_methods, _as_answered),
    claim.DUE_PAGES: Case(_due_pages, _page_and_method),
    claim.LEASE_PAGES: Case(_lease_pages),
    claim.HOLD_GONE: Case(_hold_gone),
    claim.SUPPRESS_PAGES: Case(_suppress_pages),
    claim.HOLD_PAGES: Case(_hold_pages),
    claim.PACE: Case(_pace),
    settle.SETTLE: Case(_settle),
}
