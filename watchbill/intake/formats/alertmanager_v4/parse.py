"""Alertmanager webhook v4: every alert of the message becomes a fact, in its order, all or none of them."""

from collections.abc import Callable
from typing import Any

from watchbill.engine.directory import Integration
from watchbill.engine.facts import AlertResolved, AlertTriggered
from watchbill.intake.contract import Fault, Letter, Parcel, Rejected
from watchbill.intake.severities import tame_severity
from watchbill.intake.strict_json import NotTame, read_json
from watchbill.intake.taming import (
    LONGEST_KEY,
    LONGEST_SOURCE,
    LONGEST_SUMMARY,
    hash_labels,
    pack,
    tame_address,
    tame_line,
    tame_moment,
    tame_notes,
    tame_text,
)


def read(body: bytes, key: str) -> Letter | Rejected:
    """Decodes the message; the key comes with the request."""
    try:
        content = read_json(body)
    except NotTame as why:
        return Rejected((str(why),), Fault.UNREADABLE)
    if type(content) is not dict:
        return Rejected(("The body must be one JSON object.",), Fault.UNREADABLE)
    return Letter(key, content)


def parse(letter: Letter, integration: Integration, new_key: Callable[[], str]) -> Parcel | Rejected:
    """Makes a fact of each alert. Alertmanager names its alerts itself, so `new_key` is not used."""
    message = letter.content
    alerts = message.get("alerts")
    if type(alerts) is not list:
        return Rejected(("'alerts' is missing" if alerts is None else "'alerts' must be a list",))
    if any(type(alert) is not dict for alert in alerts):
        return Rejected(("every entry of 'alerts' must be an object",))
    facts: list[AlertTriggered | AlertResolved] = []
    endings = 0
    for alert in alerts:
        labels = _object(alert, "labels")
        key = _dedup_key(alert, labels)
        if alert.get("status", message.get("status")) == "resolved":
            endings += 1
            facts.append(AlertResolved(service=integration.service, integration=integration.id, dedup_key=key))
        else:
            facts.append(_fires(alert, labels, key, message, integration))
    return Parcel(facts, endings=endings)


def _dedup_key(alert: dict[str, Any], labels: dict[str, Any]) -> str:
    fingerprint = alert.get("fingerprint")
    if type(fingerprint) is str and 0 < len(fingerprint) <= LONGEST_KEY:
        return fingerprint
    return hash_labels(labels)


def _fires(
    alert: dict[str, Any],
    labels: dict[str, Any],
    key: str,
    message: dict[str, Any],
    integration: Integration,
) -> AlertTriggered:
    notes: list[str] = []
    annotations = _object(alert, "annotations")
    source = tame_line(labels.get("instance"), "The label instance", LONGEST_SOURCE, notes)
    severity = tame_severity(labels.get("severity"), notes)
    left_out = message.get("truncatedAlerts")
    if left_out:
        notes.append(f"Alertmanager left out {tame_text(left_out)[:20]} more alerts of this group.")
    return AlertTriggered(
        service=integration.service,
        integration=integration.id,
        dedup_key=key,
        summary=_summary(labels, annotations, source, notes),
        severity=severity,
        source=source,
        began_at=_began_at(alert, notes),
        body=pack(_extras(alert, labels, annotations, message), notes),
        notes=tame_notes(notes) if notes else (),
    )


def _began_at(alert: dict[str, Any], notes: list[str]) -> Any:
    said = alert.get("startsAt")
    if type(said) is str and said.startswith("0001-01-01"):  # how Go writes that there is none
        return None
    return tame_moment(said, "startsAt", notes)


def _summary(labels: dict[str, Any], annotations: dict[str, Any], source: str, notes: list[str]) -> str:
    for name in ("summary", "description"):
        summary = tame_line(annotations.get(name), f"The annotation {name}", LONGEST_SUMMARY, notes)
        if summary:
            return summary
    name = tame_line(labels.get("alertname"), "The label alertname", LONGEST_SUMMARY, notes)
    if name and source:
        return f"{name} on {source}"[:LONGEST_SUMMARY]
    return name or (f"Alert on {source}"[:LONGEST_SUMMARY] if source else "Alert without a name")


def _extras(
    alert: dict[str, Any],
    labels: dict[str, Any],
    annotations: dict[str, Any],
    message: dict[str, Any],
) -> dict[str, Any]:
    """The names of Events v2 where it has them, so that pages show both wires alike."""
    extras: dict[str, Any] = {
        "custom_details": {"labels": labels, "annotations": annotations},
        "client": "Alertmanager",
    }
    for name, key in (("group", "groupKey"), ("receiver", "receiver")):
        said = message.get(key)
        if said:
            extras[name] = tame_text(said)
    links = []
    for text, said in (
        ("Runbook", annotations.get("runbook_url")),
        ("Source", alert.get("generatorURL")),
    ):
        address = tame_address(said)
        if address:
            links.append({"href": address, "text": text})
    if links:
        extras["links"] = links
    home = tame_address(message.get("externalURL"))
    if home:
        extras["client_url"] = home
    return extras


def _object(alert: dict[str, Any], name: str) -> dict[str, Any]:
    said = alert.get(name)
    return said if type(said) is dict else {}
