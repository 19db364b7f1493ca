"""One open alert per key; and an incident counts its alerts rightly."""

from collections import Counter
from collections.abc import Iterator

from sim.evidence import Evidence, Violation

CHECK = "one_open_alert"


def one_open_alert(evidence: Evidence) -> Iterator[Violation]:
    """Counts open alerts by key, and by incident."""
    still_open = [alert for alert in evidence.alerts if alert["resolved_at"] is None]
    for (service, key), count in Counter((alert["service_id"], alert["dedup_key"]) for alert in still_open).items():
        if count > 1:
            yield Violation(CHECK, f"{key!r} of service {service} is open {count} times.")
    open_of = Counter(alert["incident_id"] for alert in still_open)
    total_of = Counter(alert["incident_id"] for alert in evidence.alerts)
    for incident in evidence.incidents:
        number = incident["id"]
        if (incident["alerts_open"], incident["alerts_total"]) != (open_of[number], total_of[number]):
            yield Violation(
                CHECK,
                f"It says {incident['alerts_open']} of {incident['alerts_total']} alerts open, and has "
                f"{open_of[number]} of {total_of[number]}.",
                number,
            )
        if incident["status"] == "resolved" and open_of[number]:
            yield Violation(CHECK, "It is resolved, and alerts of it are open.", number)
