"""No page is claimed after an acknowledgement was committed, until nobody has the incident again."""

from collections.abc import Iterator
from datetime import datetime

from sim.evidence import Evidence, Violation

CHECK = "acknowledged_is_quiet"
QUIET_FROM = frozenset({"acknowledged", "acknowledged_by_monitor", "snoozed", "resolved", "last_alert_resolved"})
# Whoever is paged by one of these is paged rightly: the incident is nobody's again.
LOUD_FROM = frozenset(
    {
        "unacknowledged", "acknowledgement_timed_out", "snooze_over", "reopened", "reassigned", "escalated_by_hand",
        "ladder_repeated", "ladder_exhausted", "nobody_on_duty", "gap_in_schedule", "no_step_applies", "nobody_at_all",
        "alert_worsened", "first_page", "maintenance_over", "step_timed_out", "first_alert",
    }
)  # fmt: skip


def acknowledged_is_quiet(evidence: Evidence) -> Iterator[Violation]:
    """Holds the time of each page's last attempt against the quiet times of its incident."""
    quiet: dict[int, list[tuple[datetime, datetime | None]]] = {}
    for line in sorted(evidence.journal, key=lambda line: line["id"]):
        number = line["incident_id"]
        if line["kind"] != "fact" or number is None:
            continue
        times = quiet.setdefault(number, [])
        silent = bool(times) and times[-1][1] is None
        if line["reason"] in QUIET_FROM and not silent:
            times.append((line["at"], None))
        elif line["reason"] in LOUD_FROM and silent:
            times[-1] = (times[-1][0], line["at"])
    for page in evidence.pages:
        at = page["attempted_at"]
        if at is None:
            continue
        for begins, ends in quiet.get(page["incident_id"], ()):
            if begins < at and (ends is None or at < ends):
                yield Violation(
                    CHECK,
                    f"It was claimed at {at:%H:%M:%S}, though somebody had the incident from {begins:%H:%M:%S} on.",
                    page["incident_id"],
                    page["id"],
                )
