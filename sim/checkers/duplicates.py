"""A page is told twice only where nobody knew whether the first had arrived: an unknown outcome, or a node that died."""

from collections.abc import Iterator

from sim.evidence import Evidence, Told, Violation

CHECK = "told_twice_only_when_unknown"
IN_DOUBT = frozenset({"unknown", ""})


def told_twice_only_when_unknown(evidence: Evidence) -> Iterator[Violation]:
    """At most one duplicate for each attempt in doubt. Deaths that the evidence counts are allowed one each."""
    by_page: dict[int, list[Told]] = {}
    for told in evidence.told:
        for page in told.pages or (told.page,):
            by_page.setdefault(page, []).append(told)
    spared = evidence.deaths
    for page, many in by_page.items():
        arrived = sum(told.arrived for told in many)
        many.sort(key=lambda told: told.order)  # a slow one may be told after its successor
        in_doubt = sum(told.outcome in IN_DOUBT for told in many[:-1])
        too_many = arrived - 1 - in_doubt
        if too_many <= 0:
            continue
        spared -= too_many
        if spared < 0:
            yield Violation(CHECK, f"It arrived {arrived} times, and was in doubt {in_doubt} times.", page=page)


def duplicates(evidence: Evidence) -> int:
    """How many messages arrived of which the same page had arrived before."""
    seen: set[int] = set()
    count = 0
    for one in evidence.told:
        if one.arrived:
            count += one.page in seen
            seen.update(one.pages or (one.page,))
    return count
