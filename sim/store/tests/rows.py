"""Rows at random, put into PostgreSQL and into the tables, and read back from both in one shape."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec
from msgspec import Raw, Struct

from sim.store.tables import Line, Notice, Page, Recipient, Tables
from sim.store.tests.town import CHANNELS, METHODS, PEOPLE, POLICIES, SERVICES, Link
from watchbill.engine.case import Alert, Incident, Ladder, Paging
from watchbill.engine.words import Severity, Status, Urgency

NOW = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
TICK = timedelta(microseconds=1)
MOMENTS = (
    NOW - timedelta(hours=2),
    NOW - timedelta(minutes=1),
    NOW - TICK,
    NOW,
    NOW,
    NOW + TICK,
    NOW + timedelta(hours=1),
)
BODIES = (
    b"{}",
    b'{"links": []}',
    b'{"links": null}',
    b'{"a": {"links": 1}}',
    b'{"links": [{"href": "http://h/\xc3\xa9", "text": "t"}, {"href": "http://x"}], "n": 1.50}',
    b'{"links": "one"}',
)
STATES = ("due", "leased", "unknown", "accepted", "delivered", "failed", "suppressed")
KEYS = ("disk", "cpu", "", "Ünï'\"\\", "net")
GONE = 999  # the id of what has no row

_plain = msgspec.json.Encoder().encode
COLUMNS = {
    "incident": "id, service_id, policy_id, title, severity, urgency, status, opened_at, changed_at, acknowledged_by, "
    "snoozed, returns_at, muted_until, alerts_open, alerts_total, ladder, due_at",
    "alert": "id, service_id, incident_id, integration_id, dedup_key, summary, severity, source, first_at, last_at, "
    "resolved_at, count, content, body",
    "page": "id, incident_id, person_id, method_id, channel, level, urgency, reason, created_at, due_at, late, state, "
    "fence, attempts, attempted_at, settled_at, message, outcome, detail",
    "journal": "id, at, incident_id, service_id, kind, what, reason, by_id, via, data",
    "recipient": "method_id, paced_until, held_until",
    "policy_turn": "policy_id, level, turn",
    "notice": "key, person_id, kind, subject, body, incident_id, created_at, state, due_at, attempts, detail",
}


class State(Struct):
    """What the tables hold. `numbers`: the last incident number that was given out."""

    incidents: list[Incident]
    alerts: list[Alert]
    pages: list[Page]
    lines: list[Line]
    recipients: dict[int, Recipient]
    turns: dict[tuple[int, int], int]
    notices: list[Notice]
    numbers: int = 0


def some_state(rng: Random) -> State:
    """A state at random: every status and page state, ties at the present moment, references to nothing."""
    numbers = rng.sample(range(1, 40), rng.randint(6, 16))
    incidents = [some_incident(rng, number) for number in numbers]
    pages = [some_page(rng, number, numbers) for number in range(1, rng.randint(15, 40))]
    recipients = {
        method: Recipient(rng.choice((None, *MOMENTS)), rng.choice((None, None, *MOMENTS)))
        for method in (*METHODS, GONE)
        if rng.random() < 0.7
    }
    lines = [_some_line(rng, id_) for id_ in range(1, rng.randint(1, 20))]
    turns = {(policy, level): rng.randint(1, 9) for policy in POLICIES for level in range(3) if rng.random() < 0.5}
    told = rng.sample([(incident, person) for incident in numbers for person in PEOPLE], 8)
    notices = [_some_notice(rng, incident, person) for incident, person in told]
    return State(incidents, _some_alerts(rng, incidents), pages, lines, recipients, turns, notices, 40)


NO_ROWS = State([], [], [], [], {}, {}, [])


def some_incident(rng: Random, number: int) -> Incident:
    """An incident of any status, due or not."""
    paging = tuple(
        Paging(
            rng.choice(PEOPLE), rng.choice(MOMENTS), rng.randint(-1, 90), tuple(rng.sample(METHODS, rng.randint(0, 2)))
        )
        for _ in range(rng.randint(0, 3))
    )
    return Incident(
        id=number,
        service=rng.choice((*SERVICES, *SERVICES, GONE)),
        policy=rng.choice(POLICIES),
        title=f"incident {number} – „ü“",
        severity=rng.choice(list(Severity)),
        urgency=rng.choice(list(Urgency)),
        status=rng.choice(list(Status)),
        opened_at=rng.choice(MOMENTS),
        changed_at=rng.choice(MOMENTS),
        acknowledged_by=rng.choice((0, *PEOPLE)),
        snoozed=rng.random() < 0.3,
        returns_at=rng.choice((None, *MOMENTS)),
        muted_until=rng.choice((None, *MOMENTS)),
        alerts_open=rng.randint(0, 3),
        alerts_total=rng.randint(3, 9),
        ladder=Ladder(rng.randint(-1, 3), rng.randint(0, 2), rng.choice((None, *MOMENTS)), paging),
        due_at=rng.choice((None, None, *MOMENTS)),
    )


def some_alert(rng: Random, id_: int, incident: int, service: int, key: str, resolved_at: datetime | None) -> Alert:
    """An alert under this key."""
    return Alert(
        id=id_,
        service=service,
        incident=incident,
        integration=rng.randint(0, 3),
        dedup_key=key,
        summary=f"alert {id_}",
        severity=rng.choice(list(Severity)),
        source=rng.choice(("", "host-1", "host-2")),
        first_at=rng.choice(MOMENTS),
        last_at=rng.choice(MOMENTS),
        resolved_at=resolved_at,
        count=rng.randint(1, 50),
        content=rng.randint(-(2**63), 2**63 - 1),
        body=Raw(rng.choice(BODIES)),
    )


def _some_line(rng: Random, id_: int) -> Line:
    data = {"dedup_key": rng.choice(KEYS), "kept_at": rng.choice((None, "2026-03-29T01:00:00Z")), "n": [1, 2.5]}
    for name in list(data):
        if rng.random() < 0.3:
            del data[name]
    return Line(
        id=id_,
        at=rng.choice(MOMENTS),
        incident=rng.choice((None, 3)),
        service=rng.choice((None, *SERVICES)),
        kind="fact",
        what=rng.choice(("AlertResolved", "AlertResolved", "AlertTriggered")),
        reason="",
        by=0,
        via="",
        data=Raw(_plain(data)),
    )


def _some_notice(rng: Random, incident: int, person: int) -> Notice:
    return Notice(
        key=f"shadow {incident} {person}",
        person=person,
        kind="shadow",
        subject=f"incident {incident} – „ü“",
        body="told before",
        incident=incident,
        created_at=rng.choice(MOMENTS),
        state=rng.choice(("due", "sent")),
        due_at=rng.choice((None, *MOMENTS)),
        attempts=rng.randint(0, 2),
        detail=rng.choice(("", "said no")),
    )


def _some_alerts(rng: Random, incidents: Sequence[Incident]) -> list[Alert]:
    taken: set[tuple[int, str]] = set()
    alerts = []
    for id_ in range(1, rng.randint(10, 30)):
        incident = rng.choice(incidents)
        key = (incident.service, rng.choice(KEYS))
        is_open = key not in taken and rng.random() < 0.7
        if is_open:
            taken.add(key)
        ended = None if is_open else rng.choice(MOMENTS)
        alerts.append(some_alert(rng, id_, incident.id, *key, ended))
    return alerts


def some_page(rng: Random, id_: int, numbers: Sequence[int]) -> Page:
    """A page in any state, of an incident, person and method that there may be."""
    state = rng.choice((*STATES, "due", "due", "leased", "unknown"))
    method = rng.choice((*METHODS, GONE))
    return Page(
        id=id_,
        incident=rng.choice((*numbers, GONE)),
        person=rng.choice((*PEOPLE, GONE)),
        method=method,
        channel=rng.choice(CHANNELS),
        level=rng.randint(0, 3),
        urgency=rng.choice(("high", "low")),
        reason="FIRST_PAGE",
        created_at=rng.choice(MOMENTS),
        due_at=rng.choice(MOMENTS) if state in ("due", "leased", "unknown") else rng.choice((None, NOW)),
        late=rng.choice((0, 90)),
        state=state,
        fence=rng.choice((0, 7, 2**62)),
        attempts=rng.randint(0, 4),
        attempted_at=rng.choice((None, *MOMENTS)),
        settled_at=rng.choice((None, *MOMENTS)),
        message=rng.choice((None, 1)),
        outcome=rng.choice(("", "PAGE_HELD_BACK")),
        detail=rng.choice(("", "said no")),
    )


async def put_into_sql(link: Link, state: State) -> None:
    """Writes the state into tables that are empty."""
    rows = rows_of(put_into_tables(state, Tables(lambda: NOW, None)))  # type: ignore[arg-type]  # it is only filled
    for table, columns in COLUMNS.items():
        async with link.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows[table]:
                await copy.write_row([json.dumps(value) if isinstance(value, dict) else value for value in row])
    await set_sequences(link, state)


async def set_sequences(link: Link, state: State) -> None:
    """Lets the numbers go on behind those of the state."""
    lasts = (state.numbers, len(state.alerts), len(state.pages), len(state.lines))
    names = ("incident_id_seq", "alert_id_seq", "page_id_seq", "journal_id_seq")
    told = ", ".join(f"setval('{name}', {max(last, 1)}, {last > 0})" for name, last in zip(names, lasts, strict=True))
    await link.execute(f"SELECT {told}")


def put_into_tables(state: State, tables: Tables) -> Tables:
    """Writes the state into these tables, which are empty, in the order in which it has its rows."""
    for incident in state.incidents:
        tables.put_incident(incident, _plain(incident.ladder).decode())
    for alert in state.alerts:
        tables.put_alert(alert)
    for page in state.pages:
        tables.put_page(msgspec.structs.replace(page))
        tables.settle_page(tables.pages[page.id])
    for line in state.lines:
        tables.put_line(line)
    tables.recipients.update(state.recipients)
    tables.turns.update(state.turns)
    for notice in state.notices:
        tables.put_notice(notice)
    tables.last_number, tables.last_alert, tables.last_page = state.numbers, len(state.alerts), len(state.pages)
    return tables


Rows = dict[str, list[tuple[Any, ...]]]


async def rows_in_sql(link: Link) -> Rows:
    """Every column of every row, by table, in the order of the first two columns."""
    return {
        table: await (await link.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2")).fetchall()
        for table, columns in COLUMNS.items()
    }


def rows_of(tables: Tables) -> Rows:
    """The same of the tables in memory."""
    return {
        "incident": sorted(
            (*_values(one)[:15], json.loads(tables.ladders[one.id]), one.due_at) for one in tables.incidents.values()
        ),
        "alert": [_values(tables.alerts[id_]) for id_ in sorted(tables.alerts)],
        "page": [_values(tables.pages[id_]) for id_ in sorted(tables.pages)],
        "journal": [_values(line) for line in tables.journal],
        "recipient": [(id_, *_values(tables.recipients[id_])) for id_ in sorted(tables.recipients)],
        "policy_turn": [(*step, tables.turns[step]) for step in sorted(tables.turns)],
        "notice": [_values(tables.notices[key]) for key in sorted(tables.notices)],
    }  # fmt: skip


def _values(row: Struct) -> tuple[Any, ...]:
    return tuple(
        json.loads(bytes(value)) if isinstance(value, Raw) else value for value in msgspec.structs.astuple(row)
    )


def told(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Answered rows with their JSON read, since PostgreSQL spaces and orders it in its own way."""
    return [tuple(_read(value) for value in row) for row in rows]


def _read(value: object) -> object:
    if isinstance(value, str) and (value[:1] in ("{", "[", '"') or value == "null"):
        return ("json", json.loads(value))
    return value


def as_bag(rows: Sequence[tuple[Any, ...]]) -> Counter[str]:
    """The rows in no order."""
    return Counter(json.dumps(row, sort_keys=True, default=str) for row in rows)
