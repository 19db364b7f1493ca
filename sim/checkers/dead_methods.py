"""A contact method that is dead is told to the rules, so that the next one pages: no page is given up in silence."""

from collections.abc import Iterator

from sim.evidence import Evidence, Violation

CHECK = "dead_methods_are_told"


def dead_methods_are_told(evidence: Evidence) -> Iterator[Violation]:
    """Each page that was given up has its `PageFailed` in the journal."""
    told = {line["incident_id"] for line in evidence.journal if line["what"] == "PageFailed"}
    for page in evidence.pages:
        if page["state"] == "failed" and page["incident_id"] not in told:
            yield Violation(CHECK, "It was given up, and the rules were not told.", page["incident_id"], page["id"])
