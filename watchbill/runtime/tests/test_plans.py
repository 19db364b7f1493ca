"""ADR 0004: on an empty database, where plans are made and kept, no statement of the road reads a whole index or table."""

import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.database import Database
from watchbill.incidents import apply, load
from watchbill.journal import load as journal
from watchbill.oncall import notices, outgoing
from watchbill.paging import claim, settle
from watchbill.runtime import wakeups
from watchbill.runtime.database import SESSION

STATEMENTS = {
    f"{module.__name__}.{name}": getattr(module, name)
    for module, names in (
        (load, ("OPEN_ALERTS", "BY_NUMBER", "NEWEST_OPEN", "SERVICES_OF")),
        (apply, ("CHANGE_INCIDENTS", "CHANGE_ALERTS", "TOUCH_ALERTS", "CLOSE_ALERTS")),
        (claim, ("DUE_METHODS", "TAKE_RECIPIENTS", "DUE_PAGES", "LEASE_PAGES", "SUPPRESS_PAGES", "HOLD_PAGES", "PACE")),
        (settle, ("SETTLE",)),
        (wakeups, ("DUE",)),
        (journal, ("LAST_ENDED",)),
        (notices, ("WRITE",)),
        (outgoing, ("CLAIM", "SETTLE")),
    )
    for name in names
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_row_is_found_by_an_index_with_a_condition(name: str, database: Database) -> None:
    with psycopg.connect(database.url, autocommit=True, options=SESSION) as link:
        query, count = _numbered(STATEMENTS[name])
        link.execute(f"PREPARE planned AS {query}".encode())
        arguments = ", ".join(["NULL"] * count)
        row = link.execute(f"EXPLAIN (FORMAT JSON) EXECUTE planned ({arguments})".encode()).fetchone()
    assert row is not None
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    for node in _nodes(plan[0]["Plan"]):
        assert node["Node Type"] != "Seq Scan", node
        if "Index Name" in node:
            assert node.get("Index Cond"), f"{node['Index Name']} is read whole: {node}"


def _numbered(query: str) -> tuple[str, int]:
    """The query with $1, $2 … in place of psycopg's placeholders, and how many there are."""
    names: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        name = match.group(1) or f"#{len(names)}"
        return f"${names.setdefault(name, len(names) + 1)}"

    return re.sub(r"%(?:\((\w+)\))?[sb]", number, query), len(names)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
