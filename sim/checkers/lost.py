"""Nothing accepted is lost: what a sender was told yes for is an alert, a line of the journal, and somebody's page."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from sim.evidence import Evidence, Row, Violation
from watchbill.engine.facts import AlertTriggered, Fact, OnIncident

CHECK = "nothing_lost"
# An incident that has no page must say one of these of itself.
SAYS_WHY_NO_PAGE = frozenset({"muted_by_maintenance", "nobody_at_all", "over_before_known"})

TAKEN = frozenset({"acknowledged_by_monitor", "acknowledged", "snoozed"})

Key = tuple[str, int, Any]


def nothing_lost(evidence: Evidence) -> Iterator[Violation]:
    """Looks for each accepted fact among the rows, as often as it was accepted."""
    yield from _facts(evidence)
    yield from _incidents(evidence)


def _facts(evidence: Evidence) -> Iterator[Violation]:
    accepted = Counter(_key(one.fact) for one in evidence.accepted)
    kept: Counter[Key] = Counter()
    for alert in evidence.alerts:
        kept["AlertTriggered", alert["service_id"], alert["dedup_key"]] += alert["count"]
    for line in evidence.journal:
        if line["kind"] == "fact" and line["what"] != "AlertTriggered":
            kept[_key_of_line(line)] += 1
    for key, count in accepted.items():
        if kept[key] < count:
            what, where, name = key
            yield Violation(
                CHECK,
                f"{what} of {name!r} was accepted {count} times, and is kept {kept[key]} times (service {where}).",
                incident=name if isinstance(name, int) else 0,
            )


def _incidents(evidence: Evidence) -> Iterator[Violation]:
    paged = {page["incident_id"] for page in evidence.pages}
    said: dict[int, set[str]] = {}
    for line in evidence.journal:
        if line["incident_id"] is not None:
            said.setdefault(line["incident_id"], set()).add(line["reason"])
    known = {incident["id"] for incident in evidence.incidents}
    for alert in evidence.alerts:
        if alert["incident_id"] not in known:
            yield Violation(CHECK, f"Alert {alert['dedup_key']!r} belongs to no incident.", alert["incident_id"])
    for incident in evidence.incidents:
        number = incident["id"]
        reasons = said.get(number, set())
        if number in paged or reasons & SAYS_WHY_NO_PAGE or _ended_at_once(incident, reasons, evidence):
            continue
        yield Violation(CHECK, "The incident paged nobody, and does not say why.", number)


def _ended_at_once(incident: Row, reasons: set[str], evidence: Evidence) -> bool:
    """Whether it was over, or somebody's, before the first rule of a person who wants to be told late only."""
    if "rules_wait" not in evidence.more:
        return False
    patience = timedelta(seconds=evidence.more["rules_wait"])
    return bool(reasons & TAKEN) or bool(
        incident["status"] == "resolved" and incident["changed_at"] - incident["opened_at"] < patience
    )


def _key(fact: Fact) -> Key:
    what = type(fact).__name__
    if isinstance(fact, OnIncident):
        return what, 0, fact.incident
    if isinstance(fact, AlertTriggered):
        return what, fact.service, fact.dedup_key
    return what, fact.service, getattr(fact, "dedup_key", "") or getattr(fact, "summary", "")


def _key_of_line(line: Row) -> Key:
    data = data_of(line)
    if "dedup_key" in data:
        return line["what"], line["service_id"], data["dedup_key"]
    if "summary" in data:
        return line["what"], line["service_id"], data["summary"]
    return line["what"], 0, line["incident_id"]


def data_of(line: Row) -> dict[str, Any]:
    """The data of a line of the journal, whichever way it was read."""
    data = line["data"]
    if isinstance(data, dict):
        return data
    decoded: dict[str, Any] = msgspec.json.decode(bytes(data) if not isinstance(data, str) else data)
    return decoded
