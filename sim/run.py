"""Runs worlds and judges them: from seeds to figures and violations."""

import gc
import time
from collections import Counter
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import structlog
from msgspec import Struct, field

from sim.checkers import check
from sim.checkers.dead_methods import dead_methods_are_told
from sim.checkers.duplicates import duplicates, told_twice_only_when_unknown
from sim.checkers.keys import one_open_alert
from sim.checkers.lost import nothing_lost
from sim.checkers.reasons import everything_says_why
from sim.checkers.rest import comes_to_rest
from sim.checkers.unknown import doubt_is_no_end
from sim.diary import Diary
from sim.evidence import Evidence, Row, Told, Violation
from sim.profile import Profile
from sim.town import LONGEST_RULE
from sim.world import World

# Claims after an acknowledgement are watched as they happen (sim/watch.py): here clocks step.
CHECKERS = (
    nothing_lost,
    one_open_alert,
    everything_says_why,
    told_twice_only_when_unknown,
    comes_to_rest,
    dead_methods_are_told,
    doubt_is_no_end,
)
IN_DOUBT = frozenset({"unknown", ""})


class Outcome(Struct, kw_only=True):
    """What one world came to. `unknown`: messages of which the product did not learn what became of them. `called`: how
    often steps paged in which way, by name."""

    seed: int
    violations: list[Violation]
    events: int
    incidents: int
    pages: int
    told: int
    unknown: int
    duplicates: int
    spooled: int
    deaths: int
    freezes: int
    faults: dict[str, int]
    called: dict[str, int]
    worst_recovery_s: float
    seconds: float
    steps: int
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """How many promises of keeping something were broken."""
        return sum(violation.check == "nothing_lost" for violation in self.violations)


def run_seed(
    seed: int,
    *,
    days: float,
    profile: Profile,
    teams: int | None = None,
    nodes: int | None = None,
    diary: Diary | None = None,
) -> Outcome:
    """Runs one world to rest and judges it."""
    began = time.process_time()
    _keep_what_is_loaded()
    with _quiet() as faults:
        world = World(seed, profile, teams=teams, nodes=nodes, diary=diary)
        try:
            world.run(days)
        except Exception as fault:
            world.violations.append(Violation("it_runs", f"{type(fault).__name__}: {fault}"))
            world.diary.note(world.loop.time(), "checker", f"it_runs: {type(fault).__name__}: {fault}")
        evidence = evidence_of(world)
        found = [*world.violations, *faults, *check(evidence, CHECKERS)]
        outcome = Outcome(
            seed=seed,
            violations=found,
            events=len(evidence.accepted),
            incidents=len(evidence.incidents),
            pages=len(evidence.pages),
            told=len(evidence.told),
            unknown=sum(told.outcome in IN_DOUBT for told in evidence.told),
            duplicates=duplicates(evidence),
            spooled=world.spooled,
            deaths=world.chaos.deaths,
            freezes=world.chaos.freezes,
            faults=dict(world.chaos.counts),
            called=dict(world.called.counts),
            worst_recovery_s=world.watch.worst_recovery,
            seconds=0.0,
            steps=world.loop.steps,
        )
        for violation in found:
            world.diary.note(
                world.loop.time(), "checker", f"{violation.check}: {violation.sentence}", violation.incident
            )
        world.close()
        del world, evidence
    outcome.seconds = time.process_time() - began
    return outcome


@cache
def _keep_what_is_loaded() -> None:
    """The modules stay: the collector need not look at them after each world."""
    gc.collect()
    gc.freeze()


def evidence_of(world: World) -> Evidence:
    """What a world leaves behind, as rows."""
    tables = world.tables
    journal = [_line(line) for line in tables.journal]
    settled = _settled(journal)
    told = [
        Told(
            at=handed.at,
            channel=handed.channel,
            method=handed.method,
            page=handed.page,
            attempt=handed.attempt,
            outcome=handed.outcome if (handed.page, handed.attempt) in settled else "",
            arrived=handed.arrived,
            pages=handed.pages,
            order=handed.order,
        )
        for handed in world.handed
    ]
    alerts = [
        {
            "service_id": a.service,
            "incident_id": a.incident,
            "dedup_key": a.dedup_key,
            "resolved_at": a.resolved_at,
            "count": a.count,
        }
        for a in tables.alerts.values()
    ]
    return Evidence(
        accepted=world.accepted,
        told=told,
        incidents=[_incident(incident) for incident in tables.incidents.values()],
        alerts=alerts,
        pages=[_page(page) for page in tables.pages.values()],
        journal=journal,
        now=world.now(),
        more={"rules_wait": LONGEST_RULE},
    )


def _incident(incident: Any) -> Row:
    return {
        "id": incident.id,
        "status": str(incident.status),
        "alerts_open": incident.alerts_open,
        "alerts_total": incident.alerts_total,
        "due_at": incident.due_at,
        "opened_at": incident.opened_at,
        "changed_at": incident.changed_at,
        "muted_until": incident.muted_until,
        "snoozed": incident.snoozed,
    }


def _page(page: Any) -> Row:
    return {
        "id": page.id,
        "incident_id": page.incident,
        "person_id": page.person,
        "method_id": page.method,
        "state": page.state,
        "reason": page.reason,
        "outcome": page.outcome,
        "attempted_at": page.attempted_at,
    }


def _line(line: Any) -> Row:
    return {
        "id": line.id,
        "at": line.at,
        "incident_id": line.incident,
        "service_id": line.service,
        "kind": line.kind,
        "what": line.what,
        "reason": line.reason,
        "data": line.data,
    }


def _settled(journal: Sequence[Row]) -> set[tuple[int, int]]:
    """Page and attempt of everything that the product has written down as ended in some way."""
    from sim.checkers.lost import data_of

    found = set()
    for line in journal:
        if line["kind"] == "page":
            data = data_of(line)
            found.add((data["page"], data.get("attempt", 0)))
    return found


@contextmanager
def _quiet() -> Iterator[list[Violation]]:
    """No log lines; but what the product itself calls an error is a violation here: nothing in a world causes one rightly."""
    found: list[Violation] = []

    def heard(logger: Any, name: str, event: MutableMapping[str, Any]) -> Any:
        if name in ("error", "exception", "critical") and event["event"] not in EXPECTED:
            told = {key: str(value)[:200] for key, value in event.items() if key != "exc_info"}
            fault = event.get("exc_info")
            found.append(Violation("no_faults_of_our_own", f"{told} {fault!r}"))
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[heard], wrapper_class=structlog.make_filtering_bound_logger(40))
    collects = gc.isenabled()
    gc.disable()  # a world is short, and leaves its garbage in one heap
    try:
        yield found
    finally:
        gc.collect()  # what was under way ends here, where nobody hears it
        structlog.configure(**before)
        if collects:
            gc.enable()


EXPECTED: frozenset[str] = frozenset()


def merged(outcomes: Sequence[Outcome], *, days: float, profile: str) -> dict[str, Any]:
    """The figures of many worlds, for the proof."""
    faults: Counter[str] = Counter()
    called: Counter[str] = Counter()
    for outcome in outcomes:
        faults.update(outcome.faults)
        called.update(outcome.called)
    summed = {
        name: sum(getattr(outcome, name) for outcome in outcomes)
        for name in (
            "events",
            "incidents",
            "pages",
            "told",
            "unknown",
            "duplicates",
            "spooled",
            "lost",
            "deaths",
            "freezes",
        )
    }
    seeds = [outcome.seed for outcome in outcomes]
    return {
        "seeds": [min(seeds), max(seeds)],
        "days": days,
        "profile": profile,
        "worlds": len(outcomes),
        "years": len(outcomes) * days / 365.25,
        **summed,
        "unexplained": sum(v.check == "told_twice_only_when_unknown" for one in outcomes for v in one.violations),
        "faults": dict(sorted(faults.items())),
        "called": dict(sorted(called.items())),
        "worst_recovery_s": max(outcome.worst_recovery_s for outcome in outcomes),
        "cpu_s": sum(outcome.seconds for outcome in outcomes),
        "failures": [
            {"seed": outcome.seed, "check": v.check, "sentence": v.sentence, "incident": v.incident, "page": v.page}
            for outcome in outcomes
            for v in outcome.violations
        ],
    }
