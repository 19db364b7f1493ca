"""The judge finds what it is there to find."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.faults import judge
from tests.faults.fault import Fault, Outcome
from tests.faults.judge import Kept, why_again
from tests.faults.load import Taken
from tests.faults.provider import Seen
from tests.faults.run import Trouble

PAGE = (1, "accepted", "page_sent")


def seen(at: float, attempt: int = 1, *, status: int = 200) -> Seen:
    return Seen(at, page=1, attempt=attempt, key="k", port=1, status=status, answered=status == 200)


def run(*, told: dict[str, float] | None = None, may_double: bool = True, **more: Any) -> Any:
    """A run in which one event, `k`, was taken at the tenth second."""
    fault = Fault("f", "f", lambda run: None, bar=5, lasts=1, may_double=may_double)
    load = SimpleNamespace(taken={"k": Taken(9.0, 10.0, service=1, port=1, spooled=False)})
    known: dict[str, Any] = {"again_after": {}, "well_since": {0: 0.0}, "spooled_until": None, "troubles": []}
    return SimpleNamespace(fault=fault, load=load, told=lambda: {"k": 10.1} if told is None else told, **(known | more))


def kept(*, alert: bool = True, pages: tuple[tuple[int, str, str], ...] = (PAGE,), **attempts: str) -> Kept:
    reasons = {(1, int(number.removeprefix("a"))): {reason} for number, reason in attempts.items()}
    return Kept({"k": (1, 1)} if alert else {}, {"k": list(pages)}, reasons, 0)


@pytest.mark.parametrize(
    ("told", "stored", "lost"),
    [
        ({"k": 10.1}, kept(), 0),
        ({"k": 10.1}, kept(alert=False), 1),
        ({}, kept(pages=()), 1),
        ({}, kept(), 1),
        ({}, kept(pages=((1, "suppressed", "page_suppressed_acknowledged"),)), 0),
    ],
    ids=["all is there", "no alert", "no page", "not told", "not told, for a reason"],
)
def test_what_was_taken_and_is_not_there_is_lost(told: dict[str, float], stored: Kept, lost: int) -> None:
    outcome = Outcome("f")
    judge._judge_lost(run(told=told), stored, outcome)
    assert (outcome.lost, outcome.passed) == (lost, not lost)


def test_two_incidents_of_one_key_are_wrong() -> None:
    outcome = Outcome("f")
    judge._judge_lost(run(), Kept({"k": (2, 2)}, {"k": [PAGE]}, {}, 0), outcome)
    assert not outcome.passed


def test_a_message_that_comes_twice_needs_a_reason() -> None:
    outcome = Outcome("f")
    judge._judge_doubles(run(), kept(a1="page_sent", a2="page_sent"), [seen(10.1), seen(15.1, 2)], outcome)
    assert (outcome.duplicates, outcome.unexplained, outcome.passed) == (1, 1, False)


def test_a_message_that_comes_again_after_a_clear_refusal_is_no_duplicate() -> None:
    outcome = Outcome("f")
    attempts = [seen(10.1, status=500), seen(15.1, 2)]
    judge._judge_doubles(run(may_double=False), kept(a1="page_unknown_retried", a2="page_sent"), attempts, outcome)
    assert (outcome.duplicates, outcome.passed) == (0, True)


def test_where_nothing_may_come_twice_no_reason_helps() -> None:
    outcome = Outcome("f")
    stored = kept(a1="page_unknown_retried", a2="page_sent")
    judge._judge_doubles(run(may_double=False), stored, [seen(10.1), seen(15.1, 2)], outcome)
    assert (outcome.unexplained, outcome.passed) == (0, False)


@pytest.mark.parametrize(
    ("journal", "troubles", "explained"),
    [
        (set(), [], False),
        ({"page_sent"}, [Trouble("the node was killed", 10.0, 12.0)], False),
        ({"page_unknown_retried"}, [], True),
        (set(), [Trouble("the node was killed", 10.0, 12.0)], True),
        (set(), [Trouble("the node was killed", 50.0, 52.0)], False),
        (set(), [Trouble("the node was killed", 1.0, 2.0)], False),
    ],
)
def test_only_an_unknown_outcome_explains_a_second_message(
    journal: set[str], troubles: list[Trouble], explained: bool
) -> None:
    assert bool(why_again(seen(10.1), seen(40.2, 2), journal, troubles)) is explained


@pytest.mark.parametrize(("told", "late"), [(14.9, False), (15.2, True)])
def test_a_page_past_the_bar_is_late(told: float, late: bool) -> None:
    outcome = Outcome("f")
    judge._judge_times(run(told={"k": told}), outcome)
    assert outcome.passed is not late


def test_a_page_that_died_with_its_node_is_reckoned_from_that_death() -> None:
    outcome = Outcome("f")
    judge._judge_times(run(told={"k": 24.0}, again_after={"k": 20.0}), outcome)
    assert (outcome.recovery, outcome.passed) == (4.0, True)
