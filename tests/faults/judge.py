"""Holds what was answered against what is stored and what the provider has seen: nothing lost, and no message told twice
but where an earlier attempt's outcome is unknown."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

import psycopg

from tests.fakes.waiting import until
from tests.faults.fault import Outcome
from tests.faults.load import Taken
from tests.faults.provider import Seen
from tests.faults.run import Run, Trouble

GRACE = 20.0  # seconds past the bar before waiting ends; how late it was is then told, too
SHOWN = 5

ALERTS = "SELECT dedup_key, count(*), count(DISTINCT incident_id) FROM alert WHERE dedup_key LIKE %(prefix)s GROUP BY 1"
PAGES = """
SELECT a.dedup_key, p.id, p.state, p.outcome, i.id IS NOT NULL FROM alert a LEFT JOIN page p USING (incident_id)
LEFT JOIN incident i ON i.id = a.incident_id WHERE a.dedup_key LIKE %(prefix)s
"""
ATTEMPTS = """
SELECT (j.data->>'page')::bigint, (j.data->>'attempt')::int, j.reason FROM journal j JOIN alert a USING (incident_id)
WHERE j.kind = 'page' AND j.data ? 'attempt' AND a.dedup_key LIKE %(prefix)s
"""
WAITING = """
SELECT count(*) FROM page p JOIN alert a USING (incident_id)
WHERE p.state IN ('due', 'leased', 'unknown') AND a.dedup_key LIKE %(prefix)s
"""
# Journal reasons after which a page is told again, rightly.
NOT_KNOWN = frozenset({"page_unknown_retried", "page_failed_retried"})
TOLD = frozenset({"page_sent", "page_delivered", "page_bundled", "page_digested"})

Attempt = tuple[int, int]
"""A page, and the number of the attempt."""


@dataclass(frozen=True)
class Kept:
    """What the database has of a run. `pages`: by key, (page, state, reason) each. `attempts`: the reasons in the journal."""

    alerts: dict[str, tuple[int, int]]
    pages: dict[str, list[tuple[int, str, str]]]
    attempts: dict[Attempt, set[str]]
    without_incident: int


def judge(run: Run) -> Outcome:
    """Waits for rest, and says what the run has shown."""
    outcome = Outcome(run.fault.name, failures=list(run.failures), figures=dict(run.figures))
    try:
        _rest(run)
    except (AssertionError, psycopg.Error) as fault:
        outcome.failures.append(f"It does not come to rest: {fault}")
    try:
        kept = _kept(run)
    except psycopg.Error as fault:
        outcome.failures.append(f"The database cannot be asked: {fault}")
        return outcome
    seen = run.place.provider.of(run.prefix)
    outcome.accepted = len(run.load.taken)
    outcome.refused = sum(run.load.refused.values())
    outcome.spooled = sum(taken.spooled for taken in run.load.taken.values())
    _judge_lost(run, kept, outcome)
    _judge_doubles(run, kept, seen, outcome)
    _judge_times(run, outcome)
    _say(outcome, run.load.wrong, "wrong answers")
    _say(outcome, run.load.given_up, "events that no node took within a minute after the end")
    return outcome


def _rest(run: Run) -> None:
    """All that was taken has been told or has a reason, and nothing waits."""
    patience = run.fault.bar + GRACE
    waited_from = time.monotonic()

    def all_told() -> bool:
        return not set(run.load.taken) - set(run.told())

    with suppress(AssertionError):  # which ones, and why, is told in a moment
        until(all_told, "all are told", seconds=patience, every=0.1)
    left = max(5.0, patience - (time.monotonic() - waited_from))
    until(lambda: run.rows_of(WAITING) == [(0,)], "no page waits", seconds=left + 35, every=0.5)


def _kept(run: Run) -> Kept:
    pages: dict[str, list[tuple[int, str, str]]] = {}
    without = 0
    for key, page, state, reason, has_incident in run.rows_of(PAGES):
        pages.setdefault(str(key), [])
        if page is not None:
            pages[str(key)].append((page, state, reason))
        without += not has_incident
    attempts: dict[Attempt, set[str]] = {}
    for page, number, reason in run.rows_of(ATTEMPTS):
        attempts.setdefault((page, number), set()).add(str(reason))
    alerts = {str(key): (count, incidents) for key, count, incidents in run.rows_of(ALERTS)}
    return Kept(alerts, pages, attempts, without)


def _judge_lost(run: Run, kept: Kept, outcome: Outcome) -> None:
    told = run.told()
    outcome.told = len(set(told) & set(run.load.taken))
    lost, twice = [], []
    for key in run.load.taken:
        pages = kept.pages.get(key, [])
        suppressed = bool(pages) and all(state == "suppressed" for _, state, _ in pages)
        if key not in kept.alerts:
            lost.append(f"{key}: no alert")
        elif not pages:
            lost.append(f"{key}: no page")
        elif key not in told and not suppressed:
            lost.append(f"{key}: never told, pages {pages}")
        if kept.alerts.get(key, (1, 1)) != (1, 1) or len(pages) > 1:
            twice.append(f"{key}: {kept.alerts.get(key)} alerts and incidents, pages {pages}")
    outcome.lost = len(lost)
    _say(outcome, lost, "LOST")
    _say(outcome, twice, "more than one alert, incident or first page for one key")
    if kept.without_incident:
        outcome.failures.append(f"{kept.without_incident} alerts have no incident")


def _judge_doubles(run: Run, kept: Kept, seen: Sequence[Seen], outcome: Outcome) -> None:
    by_page: dict[int, list[Seen]] = {}
    for one in seen:
        by_page.setdefault(one.page, []).append(one)
    unexplained = []
    for page, messages in by_page.items():
        taken = sorted((one for one in messages if one.taken), key=lambda one: (one.attempt, one.at))
        outcome.duplicates += max(0, len(taken) - 1)
        for first, again in pairwise(taken):
            why = why_again(first, again, kept.attempts.get((page, first.attempt), set()), run.troubles)
            if not why:
                unexplained.append(f"{first.key}: attempts {first.attempt} and {again.attempt}, journal "
                                   f"{kept.attempts.get((page, first.attempt))}, {again.at - first.at:.1f} s apart")  # fmt: skip
        numbers = {one.attempt for one in messages}
        known = {number for number in numbers if kept.attempts.get((page, number), set()) & TOLD}
        outcome.unknown += len(numbers - known)
    outcome.unexplained = len(unexplained)
    _say(outcome, unexplained, "told twice without a reason")
    if outcome.duplicates and not run.fault.may_double:
        outcome.failures.append(f"{outcome.duplicates} messages were told twice, and nothing had gone wrong")


def why_again(first: Seen, again: Seen, journal: set[str], troubles: Sequence[Trouble]) -> str:
    """Why a page was told again, empty where nothing explains it. `journal`: how the attempt before had ended."""
    if journal & NOT_KNOWN:
        return "its outcome is unknown"
    if journal & TOLD and first.attempt != again.attempt:
        return ""
    for trouble in troubles:
        if trouble.began <= again.at and trouble.ended >= first.at - 1.0:
            return trouble.what
    return ""


def _judge_times(run: Run, outcome: Outcome) -> None:
    told = run.told()
    late = []
    for key, taken in run.load.taken.items():
        if key not in told:
            continue
        delay = told[key] - taken.at
        outcome.worst_delay = max(outcome.worst_delay, delay)
        since, bar = _from_when(run, key, taken), run.fault.bar
        if taken.spooled:
            _worst(outcome, "longest_in_spool_s", delay)
        if since is None:
            took, bar = told[key] - taken.asked, run.fault.elsewhere or bar
            _worst(outcome, "elsewhere_s", took)
        else:
            took = told[key] - max(taken.at, since)
            outcome.recovery = max(outcome.recovery, took)
        if took > bar:
            late.append(f"{key}: told {took:.1f} s after all should have been well, the bar is {bar:.0f} s")
    _say(outcome, late, "late")


def _from_when(run: Run, key: str, taken: Taken) -> float | None:
    """From when on nothing kept this page back; None where the fault did not touch its service."""
    since = run.again_after.get(key, run.well_since.get(taken.service, run.well_since.get(0)))
    if since is not None and taken.spooled and run.spooled_until is not None:
        return max(since, run.spooled_until)
    return since


def _worst(outcome: Outcome, name: str, figure: float) -> None:
    outcome.figures[name] = max(outcome.figures.get(name, figure), figure)


def _say(outcome: Outcome, complaints: Sequence[str], what: str) -> None:
    if complaints:
        more = f" and {len(complaints) - SHOWN} more" if len(complaints) > SHOWN else ""
        outcome.failures.append(f"{len(complaints)} {what}: {'; '.join(complaints[:SHOWN])}{more}")
