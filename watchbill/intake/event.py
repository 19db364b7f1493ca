"""One event in the shape of PagerDuty's Events v2, tamed: what the formats of that family share."""

from collections.abc import Callable
from typing import Any

from msgspec import Raw

from watchbill.engine.directory import Integration
from watchbill.engine.facts import AlertAcknowledged, AlertResolved, AlertTriggered
from watchbill.intake.contract import Fault, Letter, Rejected
from watchbill.intake.severities import tame_severity
from watchbill.intake.strict_json import NotTame, read_json
from watchbill.intake.taming import (
    LONGEST_KEY,
    LONGEST_SOURCE,
    LONGEST_SUMMARY,
    pack,
    tame_address,
    tame_line,
    tame_links,
    tame_moment,
    tame_notes,
    tame_text,
)

_ENDINGS: dict[str, type[AlertAcknowledged] | type[AlertResolved]] = {
    "acknowledge": AlertAcknowledged,
    "resolve": AlertResolved,
}
_NO_EXTRAS = Raw(b"{}")

EventFact = AlertTriggered | AlertAcknowledged | AlertResolved


def read_keyed_event(body: bytes) -> Letter | Rejected:
    """Decodes one JSON object and finds the `routing_key` in it."""
    try:
        content = read_json(body)
    except NotTame as why:
        return Rejected((str(why),), Fault.UNREADABLE)
    if type(content) is not dict:
        return Rejected(("The body must be one JSON object.",), Fault.UNREADABLE)
    routing_key = content.get("routing_key")
    if type(routing_key) is not str:
        return Rejected(("'routing_key' is missing" if routing_key is None else "'routing_key' must be a text",))
    routing_key = routing_key.strip()  # keys kept in files end in a new line
    if not routing_key:
        return Rejected(("'routing_key' is blank",))
    return Letter(routing_key, content)


def tame_event(event: dict[str, Any], integration: Integration, new_key: Callable[[], str]) -> EventFact | Rejected:
    """Makes the fact of one event, or says which required parts are missing or wrong.

    `event`: PagerDuty Events v2 without a look at `routing_key`. `new_key`: makes the dedup key of a trigger without one.
    """
    action = event.get("event_action")
    if action == "trigger":
        return _triggered(event, integration, new_key)
    ending = _ENDINGS.get(action) if type(action) is str else None
    if ending is None:
        return _other_action(event, action, integration, new_key)
    key = event.get("dedup_key")
    if type(key) is not str or not 0 < len(key) <= LONGEST_KEY:
        errors: list[str] = []
        key = _tame_key(key, errors)
        if not key and not errors:
            errors.append(f"'dedup_key' is missing or blank; it is required to {action}")
        if errors:
            return Rejected(tuple(errors))
    return ending(service=integration.service, integration=integration.id, dedup_key=key)


def _other_action(
    event: dict[str, Any], action: Any, integration: Integration, new_key: Callable[[], str]
) -> EventFact | Rejected:
    if type(action) is str:
        lower = action.strip().lower()
        if lower != action and (lower == "trigger" or lower in _ENDINGS):
            return tame_event({**event, "event_action": lower}, integration, new_key)
    if action is None:
        return Rejected(("'event_action' is missing or blank",))
    return Rejected((f"'event_action' must be trigger, acknowledge or resolve, not {tame_text(action)[:40]!r}",))


def _triggered(
    event: dict[str, Any], integration: Integration, new_key: Callable[[], str]
) -> AlertTriggered | Rejected:
    payload = event.get("payload")
    if type(payload) is not dict:
        return Rejected(("'payload' is missing" if payload is None else "'payload' must be an object",))
    if "summary" not in payload or "source" not in payload or "severity" not in payload:
        missing = [name for name in ("summary", "source", "severity") if name not in payload]
        return Rejected(tuple(f"'payload.{name}' is missing" for name in missing))
    notes: list[str] = []
    key = event.get("dedup_key")
    if type(key) is not str or not 0 < len(key) <= LONGEST_KEY:
        errors: list[str] = []
        key = _tame_key(key, errors) or new_key()
        if errors:
            return Rejected(tuple(errors))
    summary = tame_line(payload["summary"], "The summary", LONGEST_SUMMARY, notes)
    source = tame_line(payload["source"], "The source", LONGEST_SOURCE, notes)
    if not source:
        notes.append("The source was empty.")
    if not summary:
        summary = f"Alert from {source[: LONGEST_SUMMARY - 20]}" if source else "Alert without a summary"
        notes.append("The summary was empty.")
    severity = tame_severity(payload["severity"], notes)
    began_at = tame_moment(payload.get("timestamp"), "The timestamp", notes)
    extras = gather_extras(event, payload, notes)
    return AlertTriggered(
        service=integration.service,
        integration=integration.id,
        dedup_key=key,
        summary=summary,
        source=source,
        severity=severity,
        began_at=began_at,
        body=pack(extras, notes) if extras else _NO_EXTRAS,
        notes=tame_notes(notes) if notes else (),
    )


def _tame_key(key: Any, errors: list[str]) -> str:
    if type(key) in (dict, list, bool):
        errors.append("'dedup_key' must be a text")
        return ""
    text = tame_text(key)
    if len(text) > LONGEST_KEY:
        errors.append(f"Length of 'dedup_key' is incorrect (should be at most {LONGEST_KEY} characters)")
    return text


def gather_extras(event: dict[str, Any], payload: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    """The parts of an event that are shown and never decided on, under the names that Events v2 has for them."""
    extras: dict[str, Any] = {}
    for name in ("component", "group", "class", "timestamp"):
        said = payload.get(name)
        if said:
            extras[name] = said if type(said) is str else tame_text(said)
    details = payload.get("custom_details")
    if details:
        extras["custom_details"] = details
    client = event.get("client")
    if client:
        extras["client"] = tame_text(client)
    address = event.get("client_url")
    if address and tame_address(address):
        extras["client_url"] = address
    links = event.get("links")
    if links:
        extras["links"] = tame_links(links, "href", ("text",), "links", notes)
    images = event.get("images")
    if images:
        extras["images"] = tame_links(images, "src", ("href", "alt"), "images", notes)
    return extras
