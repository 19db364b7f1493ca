"""The twins of the statements of the outbox: what `paging` runs to claim pages and to write what became of them."""

from datetime import datetime
from typing import Any

import msgspec

from sim.store.tables import LIVE, Page, Recipient, Tables
from sim.store.twins import NOTHING, Answer, Rows, Twin
from watchbill.engine.case import Alert
from watchbill.engine.directory import ContactMethod
from watchbill.paging import claim, settle

_settled = msgspec.json.Decoder(list[settle.Settled])


class _Told(msgspec.Struct):
    """Of an alert's body, what a message tells."""

    links: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_told = msgspec.json.Decoder(_Told)


def _is_due(page: Page, now: datetime) -> bool:
    return page.state in LIVE and page.due_at is not None and page.due_at <= now


def _due_methods(tables: Tables, parameters: Any) -> Answer:
    now = tables.now()
    busy, most = parameters["busy"], parameters["most"]
    found: Rows = []
    of_channel = tables.live.get(parameters["channel"], {})
    for method in sorted(method for method in of_channel if method > parameters["after"]):
        if method in busy or not any(_is_due(page, now) for page in of_channel[method].values()):
            continue
        recipient = tables.recipients.get(method)
        if recipient is not None and recipient.held_until is not None and recipient.held_until > now:
            continue
        found.append((method,))
        if len(found) == most:
            break
    return Answer(found)


def _known_recipients(tables: Tables, parameters: Any) -> Answer:
    return Answer([(method,) for method in dict.fromkeys(parameters[0]) if method in tables.recipients])


def _know_recipients(tables: Tables, parameters: Any) -> Answer:
    for method in parameters[0]:  # at once: the same transaction takes them next
        tables.recipients.setdefault(method, Recipient())
    return NOTHING


def _take_recipients(tables: Tables, parameters: Any) -> Answer:
    now = tables.now()
    known = sorted({method for method in parameters[0] if method in tables.recipients})
    return Answer([(method, tables.recipients[method].paced_until, now) for method in known])


def _due_pages(tables: Tables, parameters: Any) -> Answer:
    now, each = parameters["now"], parameters["each"]
    rows: Rows = []
    of_channel = tables.live.get(parameters["channel"], {})
    for method in parameters["methods"]:
        due = [page for page in of_channel.get(method, {}).values() if _is_due(page, now)]
        due.sort(key=lambda page: (page.urgency, -page.id))
        rows.extend(_due_row(tables, page) for page in due[:each])
    return Answer(rows)


def _due_row(tables: Tables, page: Page) -> tuple[Any, ...]:
    incident = tables.incidents.get(page.incident)
    service = tables.directory.services.get(incident.service) if incident is not None else None
    person = tables.directory.people.get(page.person)
    method = _method(tables, page.method)
    first = _first_alert(tables, page.incident) if incident is not None else None
    reached = method is not None and method.enabled and method.channel == page.channel
    return (
        page.id, page.incident, page.person, page.method, page.urgency, page.created_at, page.late, page.attempts,
        page.fence, page.reason,
        incident.title if incident is not None else None,
        str(incident.severity) if incident is not None else None,
        str(incident.status) if incident is not None else None,
        incident.opened_at if incident is not None else None,
        tables.ladders[page.incident] if incident is not None else None,
        service.name if service is not None else None,
        person.name if person is not None else None,
        tables.settings.get(page.method) if method is not None else None,
        bool(reached and person is not None and person.active),
        tables.zones.get(page.person, "UTC") if person is not None else None,
        first.source if first is not None else None,
        _links_of(first) if first is not None else None,
        incident.id if incident is not None else None,
    )  # fmt: skip


def _method(tables: Tables, id_: int) -> ContactMethod | None:
    people = tables.directory.people.values()
    return next((method for one in people for method in one.methods if method.id == id_), None)


def _first_alert(tables: Tables, incident: int) -> Alert | None:
    numbers = tables.alerts_of.get(incident)
    return tables.alerts[numbers[0]] if numbers else None


def _links_of(alert: Alert) -> str | None:
    body = bytes(alert.body)
    if body == b"{}":
        return None
    links = _told.decode(body).links
    return None if links is msgspec.UNSET else bytes(links).decode()


def _change(tables: Tables, ids: list[int], fences: list[int], values: list[dict[str, Any]]) -> Answer:
    """Writes these values to pages whose fence is still the one that was read; answers which. What is said first of a page
    counts."""
    won: dict[int, dict[str, Any]] = {}
    for number, fence, value in zip(ids, fences, values, strict=True):
        if number in tables.pages and tables.pages[number].fence == fence:
            won.setdefault(number, value)

    def write() -> None:
        for number, value in won.items():
            page = tables.pages[number]
            for name, one in value.items():
                setattr(page, name, one)
            tables.settle_page(page)

    return Answer([(number,) for number in won], write)


def _lease_pages(tables: Tables, parameters: Any) -> Answer:
    values = [
        {
            "state": "leased",
            "due_at": parameters["until"],
            "fence": parameters["fence"],
            "attempts": tables.pages[number].attempts + 1 if number in tables.pages else 0,
            "attempted_at": parameters["now"],
            "message": message,
            "outcome": "",
        }
        for number, message in zip(parameters["ids"], parameters["messages"], strict=True)
    ]
    return _change(tables, parameters["ids"], parameters["fences"], values)


def _hold_gone(tables: Tables, parameters: Any) -> Answer:
    value = {"state": "leased", "due_at": parameters["until"], "fence": parameters["fence"]}
    return _change(tables, parameters["ids"], parameters["fences"], [value] * len(parameters["ids"]))


def _suppress_pages(tables: Tables, parameters: Any) -> Answer:
    values = [
        {"state": "suppressed", "fence": 0, "due_at": None, "settled_at": parameters["now"], "outcome": why}
        for why in parameters["whys"]
    ]
    return _change(tables, parameters["ids"], parameters["fences"], values)


def _hold_pages(tables: Tables, parameters: Any) -> Answer:
    values = [
        {"state": "due", "fence": 0, "due_at": until, "outcome": parameters["why"]} for until in parameters["untils"]
    ]
    return Answer(write=_change(tables, parameters["ids"], parameters["fences"], values).write)


def _pace(tables: Tables, parameters: Any) -> Answer:
    def write() -> None:
        for method, paced, held in zip(*parameters, strict=True):
            if method in tables.recipients:
                tables.recipients[method] = Recipient(paced, held)

    return Answer(write=write)


def _settle(tables: Tables, parameters: Any) -> Answer:
    settled = _settled.decode(parameters[0])
    now = tables.now()
    values = [
        {
            "state": str(one.state),
            "fence": 0,
            "due_at": one.due_at,
            "outcome": str(one.reason),
            "detail": one.detail,
            "settled_at": now if one.due_at is None else None,
        }
        for one in settled
    ]
    answer = _change(tables, [one.page for one in settled], [one.fence for one in settled], values)
    return Answer([(number, tables.pages[number].fence) for (number,) in answer.rows], answer.write)


OUTBOX: dict[str, Twin] = {
    claim.DUE_METHODS: _due_methods,
    claim.KNOWN_RECIPIENTS: _known_recipients,
    claim.BARELY_WAIT: lambda tables, parameters: NOTHING,
    claim.WAIT_AS_BEFORE: lambda tables, parameters: NOTHING,
    claim.KNOW_RECIPIENTS: _know_recipients,
    claim.TAKE_RECIPIENTS: _take_recipients,
    claim.DUE_PAGES: _due_pages,
    claim.LEASE_PAGES: _lease_pages,
    claim.HOLD_GONE: _hold_gone,
    claim.SUPPRESS_PAGES: _suppress_pages,
    claim.HOLD_PAGES: _hold_pages,
    claim.PACE: _pace,
    settle.SETTLE: _settle,
}
