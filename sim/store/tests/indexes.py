"""What the indexes of the tables ought to say, told slowly from the rows."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sim.store.tables import Page, Tables
from watchbill.engine.words import Status

LIVE = ("due", "leased", "unknown")


def check_indexes(tables: Tables) -> None:
    """Asserts that each index says what the rows say."""
    alerts, pages = tables.alerts.values(), tables.pages.values()
    still_open = [incident for incident in tables.incidents.values() if incident.status is not Status.RESOLVED]
    is_open = {(alert.service, alert.dedup_key): alert.id for alert in alerts if alert.resolved_at is None}
    assert tables.open_alerts == is_open
    assert _filled(tables.alerts_of) == _grouped(alerts, lambda alert: alert.incident)
    assert _filled(tables.open_of) == _grouped(still_open, lambda incident: incident.service)
    assert tables.waiting == {one.id: one.due_at for one in tables.incidents.values() if one.due_at is not None}
    of_incident = {number: [page.id for page in group] for number, group in tables.pages_of.items()}
    assert of_incident == _grouped(pages, lambda page: page.incident)
    live = [page for page in pages if page.state in LIVE]
    found = {
        (channel, method): sorted(of_method)
        for channel, methods in tables.live.items()
        for method, of_method in methods.items()
        if of_method
    }
    assert found == _grouped(live, lambda page: (page.channel, page.method))
    for channel in {page.channel for page in pages} | {"none"}:
        wanted = [_wanted_at(tables, page) for page in live if page.channel == channel and page.due_at is not None]
        assert tables.next_due(channel) == min(wanted, default=None)
    assert tables.next_wakeup() == min(tables.waiting.values(), default=None)


def _wanted_at(tables: Tables, page: Page) -> datetime:
    assert page.due_at is not None
    recipient = tables.recipients.get(page.method)
    held = recipient.held_until if recipient is not None else None
    return page.due_at if held is None else max(page.due_at, held)


def _filled(index: Mapping[Any, list[int]]) -> dict[Any, list[int]]:
    return {key: ids for key, ids in index.items() if ids}


def _grouped(rows: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[int]]:
    groups: dict[Any, list[int]] = {}
    for id_, group in sorted((row.id, key(row)) for row in rows):
        groups.setdefault(group, []).append(id_)
    return groups
