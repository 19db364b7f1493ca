"""Everything says why: each page, each page not sent, and each decision carries a reason that has a sentence."""

from collections.abc import Iterator

from sim.checkers.lost import data_of
from sim.evidence import Evidence, Row, Violation
from watchbill.engine.reasons import Reason

CHECK = "everything_says_why"
KNOWN = frozenset(str(reason) for reason in Reason)
ENDED = frozenset({"accepted", "delivered", "failed", "suppressed"})


def everything_says_why(evidence: Evidence) -> Iterator[Violation]:
    """Holds pages and lines of the journal against each other."""
    decided: set[tuple[int, int, int]] = set()
    ended: set[tuple[int, str]] = set()
    for line in evidence.journal:
        if line["kind"] in ("fact", "page") and line["reason"] not in KNOWN:
            yield Violation(CHECK, f"A line of the journal says {line['reason']!r}.", line["incident_id"] or 0)
        data = data_of(line)
        if line["kind"] == "page":
            ended.add((data["page"], line["what"]))
        for page in data.get("pages", ()):
            decided.add((line["incident_id"], page["person"], page["method"]))
    for page in evidence.pages:
        yield from _of_page(page, decided, ended)


def _of_page(page: Row, decided: set[tuple[int, int, int]], ended: set[tuple[int, str]]) -> Iterator[Violation]:
    incident, number = page["incident_id"], page["id"]
    if page["reason"] not in KNOWN:
        yield Violation(CHECK, f"The page's reason is {page['reason']!r}.", incident, number)
    if (incident, page["person_id"], page["method_id"]) not in decided:
        yield Violation(CHECK, "No line of the journal says that this page was decided.", incident, number)
    if page["state"] in ENDED:
        if page["outcome"] not in KNOWN:
            yield Violation(CHECK, f"It is {page['state']}, because {page['outcome']!r}.", incident, number)
        if page["state"] == "suppressed" and not page["outcome"].startswith("page_suppressed_"):
            yield Violation(CHECK, f"It is not sent, because {page['outcome']!r}.", incident, number)
        if (number, page["state"]) not in ended:
            yield Violation(CHECK, f"It is {page['state']}, and the journal does not say so.", incident, number)
