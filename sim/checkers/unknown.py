"""What is in doubt is tried again: an attempt whose outcome nobody knows never counts as an end."""

from collections.abc import Iterator

from sim.checkers.lost import data_of
from sim.evidence import Evidence, Violation

CHECK = "doubt_is_no_end"
ENDS = frozenset({"accepted", "delivered", "failed"})


def doubt_is_no_end(evidence: Evidence) -> Iterator[Violation]:
    """Holds what the node heard of each attempt against what it wrote down of it. Nothing here is a day old, after which
    one may give up."""
    written: dict[tuple[int, int], tuple[str, int]] = {}
    for line in evidence.journal:
        if line["kind"] == "page":
            data = data_of(line)
            written[data["page"], data.get("attempt", 0)] = (line["what"], line["incident_id"] or 0)
    for told in evidence.told:
        what, incident = written.get((told.page, told.attempt), ("", 0))
        if told.outcome == "unknown" and what in ENDS:
            yield Violation(
                CHECK, f"Attempt {told.attempt} was in doubt, and is written down as {what}.", incident, told.page
            )
