"""What must be true when all is at rest again, whatever died where."""

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from sim.checkers import check
from sim.checkers import lost as nothing_lost
from sim.evidence import Evidence, Violation
from tests.crash.hall import Hall
from tests.crash.house import IVY, START
from tests.crash.outside import Outside
from tests.crash.scenarios.scenario import Scenario
from watchbill.channels.contract import Outcome
from watchbill.engine.facts import AlertTriggered

# Seconds by which one death may delay a page: a lease, the time until a node is there again, and a little.
LATE_AT_MOST = 45.0

SHADOWS = {IVY: "Ivy"}

AGAIN_AFTER = frozenset({"", Outcome.UNKNOWN, Outcome.FAILED})


class Outcomes(Struct, frozen=True):
    """What one story came to. `heard`: whom each message reached, as "Ana sms db-1", in order. `heard_at`: and when, in
    seconds after its beginning."""

    evidence: Evidence
    heard: tuple[str, ...]
    heard_at: tuple[float, ...]
    violations: tuple[Violation, ...]
    lost: int
    duplicates: int


def judge(hall: Hall, outside: Outside, scenario: Scenario, *, at_rest: bool, calm: Outcomes | None = None) -> Outcomes:
    """Holds the rows and what was seen outside against what was promised, and against what came of it when nobody
    died."""
    evidence = gather(hall, outside, at_rest=at_rest)
    when = tuple(_heard(evidence, outside))
    heard = tuple(one for one, _ in when)
    lost = [*_not_in_the_rows(evidence), *_not_told(scenario, heard)]
    others = [
        *_told_besides(scenario, heard),
        *_ended_otherwise(scenario, evidence, outside),
        *_shadowed_otherwise(hall, scenario, evidence),
        *_told_too_often(evidence),
    ]
    if calm is not None:
        others.extend(_told_late(scenario, when, calm, outside.deaths + outside.tears))
    promises = check(evidence)
    repeated = Counter(page for told in evidence.told if told.arrived for page in told.pages)
    return Outcomes(
        evidence,
        heard,
        tuple(at for _, at in when),
        (*lost, *others, *promises),
        lost=len(lost) + sum(one.check == nothing_lost.CHECK for one in promises),
        duplicates=sum(count - 1 for count in repeated.values()),
    )


def gather(hall: Hall, outside: Outside, *, at_rest: bool) -> Evidence:
    """The rows, and what was seen outside."""
    return Evidence(
        accepted=tuple(outside.accepted),
        told=tuple(outside.told),
        incidents=hall.rows("incident"),
        alerts=hall.rows("alert"),
        pages=hall.rows("page"),
        journal=hall.rows("journal"),
        now=outside.now,
        deaths=outside.deaths,
        at_rest=at_rest,
    )


def _heard(evidence: Evidence, outside: Outside) -> Iterator[tuple[str, float]]:
    titles = {row["id"]: row["title"] for row in evidence.incidents}
    incident_of = {row["id"]: row["incident_id"] for row in evidence.pages}
    for told, person in zip(evidence.told, outside.people, strict=True):
        if told.arrived:
            at = (told.at - START).total_seconds()
            yield from ((f"{person} {told.channel} {titles[incident_of[page]]}", at) for page in told.pages)


def _not_in_the_rows(evidence: Evidence) -> Iterator[Violation]:
    known = {(row["service_id"], row["dedup_key"]) for row in evidence.alerts}
    for accepted in evidence.accepted:
        fact = accepted.fact
        if isinstance(fact, AlertTriggered) and (fact.service, fact.dedup_key) not in known:
            yield Violation("accepted_is_kept", f"The alert {fact.dedup_key} was accepted, and is in no row.")


def _not_told(scenario: Scenario, heard: tuple[str, ...]) -> Iterator[Violation]:
    for one, count in sorted((Counter(scenario.told) - Counter(heard)).items()):
        if one not in scenario.may_miss:
            yield Violation("told_as_planned", f"It was told {count} times less than it had to be: {one}.")


def _told_late(
    scenario: Scenario, when: tuple[tuple[str, float], ...], calm: Outcomes, mishaps: int
) -> Iterator[Violation]:
    """The first time later than the first time, the second later than the second, by more than mishaps explain."""
    told = _times(when)
    for one, plan in _times(zip(calm.heard, calm.heard_at, strict=True)).items():
        if one in scenario.may_miss:
            continue
        for planned, at in zip(plan, told.get(one, ()), strict=False):
            if at > planned + mishaps * (LATE_AT_MOST + scenario.later):
                yield Violation("told_in_time", f"It was told after {at:.0f} s, not after {planned:.0f} s: {one}.")


def _times(when: Iterable[tuple[str, float]]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {}
    for one, at in when:
        times.setdefault(one, []).append(at)
    return times


def _told_besides(scenario: Scenario, heard: tuple[str, ...]) -> Iterator[Violation]:
    if scenario.nobody_else:
        for one in sorted(set(heard) - set(scenario.told)):
            yield Violation("nobody_else", f"It was told, and nobody was to be: {one}.")


def _ended_otherwise(scenario: Scenario, evidence: Evidence, outside: Outside) -> Iterator[Violation]:
    ends = tuple((row["title"], row["status"]) for row in evidence.incidents)
    allowed = [sorted(scenario.ends)]
    if scenario.or_ends and (outside.deaths or outside.tears):
        allowed.append(sorted(scenario.or_ends))
    if sorted(ends) not in allowed:
        yield Violation("ends_as_planned", f"The incidents ended as {ends}, not as {scenario.ends}.")


def _shadowed_otherwise(hall: Hall, scenario: Scenario, evidence: Evidence) -> Iterator[Violation]:
    titles = {row["id"]: row["title"] for row in evidence.incidents}
    notices = [row for row in hall.rows("notice") if row["kind"] == "shadow"]
    told = [f"{SHADOWS[row['person_id']]} {titles[row['incident_id']]}" for row in notices]
    if sorted(told) != sorted(scenario.shadows):
        yield Violation("shadows_are_told", f"There are notices for {told}, not for {list(scenario.shadows)}.")


def _told_too_often(evidence: Evidence) -> Iterator[Violation]:
    """A page is told again only where nobody could know of the time before: a death, an unknown outcome, a refusal."""
    told: dict[int, list[str]] = {}
    for one in evidence.told:
        for page in one.pages:
            told.setdefault(page, []).append(one.outcome)
    for page, outcomes in told.items():
        if not all(outcome in AGAIN_AFTER for outcome in outcomes[:-1]):
            yield Violation("duplicates_have_a_cause", f"It was told {len(outcomes)} times: {outcomes}.", page=page)
