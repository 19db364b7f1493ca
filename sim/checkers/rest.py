"""After the faults end, the world comes to rest: no page waits, no step is overdue, no incident is forgotten."""

from collections.abc import Iterator
from datetime import timedelta

from sim.evidence import Evidence, Violation

CHECK = "comes_to_rest"
LIVE = frozenset({"due", "leased", "unknown"})
GRACE = timedelta(seconds=5)


def comes_to_rest(evidence: Evidence) -> Iterator[Violation]:
    """Looks at what still waits."""
    if not evidence.at_rest:
        return
    for page in evidence.pages:
        if page["state"] in LIVE:
            yield Violation(CHECK, f"It is still {page['state']} ({page['outcome']}).", page["incident_id"], page["id"])
    told = {page["incident_id"] for page in evidence.pages if page["state"] in ("accepted", "delivered")}
    for incident in evidence.incidents:
        number, due = incident["id"], incident["due_at"]
        if due is not None and due < evidence.now - GRACE:
            yield Violation(CHECK, f"It was due at {due:%d %H:%M:%S}, and nothing was done.", number)
        if due is None and incident["status"] != "resolved" and (incident["snoozed"] or incident["muted_until"]):
            yield Violation(CHECK, "It is put off or muted, and never comes back.", number)
        if incident["status"] == "triggered" and due is None and number not in told:
            yield Violation(CHECK, "Nobody has it, nobody was told, and it waits for nothing.", number)
