"""The list of planted bugs keeps up with the code, and what is read from the checks is what they said."""

import ast
import json
from collections.abc import Mapping

import pytest

from tests.planted.bugs import BUGS
from tests.planted.check import STORIES, Check, Crash, Sim, Stories, Test
from tests.planted.mutation import Mutation, Stale
from tests.planted.tree import ROOT

AT_LEAST = 28


@pytest.mark.parametrize("mutation", BUGS.values(), ids=BUGS)
def test_a_planted_bug_still_fits_the_code_and_compiles(mutation: Mutation) -> None:
    text = (ROOT / mutation.file).read_text()
    changed = mutation.applied_to(text)
    assert changed != text
    ast.parse(changed, filename=mutation.file)


def test_there_are_enough_and_each_is_said_once() -> None:
    assert len(BUGS) >= AT_LEAST
    changes = [(mutation.file, mutation.old, mutation.new) for mutation in BUGS.values()]
    assert len(set(changes)) == len(changes)
    for mutation in BUGS.values():
        assert mutation.checks
        assert mutation.sentence.endswith(".")
        assert (ROOT / mutation.file).relative_to(ROOT).parts[0] == "watchbill"


def test_scenarios_and_tests_that_are_named_are_there() -> None:
    from tests.crash.scenarios import SCENARIOS

    for check in {check for mutation in BUGS.values() for check in mutation.checks}:
        if isinstance(check, Crash):
            assert check.scenario in SCENARIOS
        if isinstance(check, Test):
            path, _, name = check.node.partition("::")
            assert (ROOT / path).exists(), check.node
            assert not name or f"def {name}(" in (ROOT / path).read_text(), check.node


def test_a_bug_whose_text_has_moved_is_stale() -> None:
    mutation = Mutation(name="gone", file="x.py", old="a = 1\n", new="a = 2\n", sentence="Counts wrong.", checks=())
    assert mutation.applied_to("a = 1\nb = 1\n") == "a = 2\nb = 1\n"
    for text in ("b = 1\n", "a = 1\na = 1\n"):
        with pytest.raises(Stale, match="gone"):
            mutation.applied_to(text)


@pytest.mark.parametrize(
    ("check", "failure", "by"),
    [
        (Sim(by="nothing_lost"), {"seed": 7, "check": "nothing_lost"}, "sim: nothing_lost"),
        (Crash(), {"scenario": "repeat", "check": "told_in_time"}, "crash: told_in_time, 'repeat'"),
    ],
)
def test_what_caught_it_is_read_from_the_report(check: Check, failure: Mapping[str, object], by: str, tmp_path) -> None:
    report = tmp_path / "report.json"
    assert check.caught_by(report, "") is None, "It broke down, and said nothing of the bug."
    report.write_text(json.dumps({"failures": []}))
    assert check.caught_by(report, "") is None
    report.write_text(json.dumps({"failures": [failure]}))
    assert check.caught_by(report, "") == by


def test_what_another_checker_finds_is_no_catch_and_the_next_worlds_are_looked_at(tmp_path) -> None:
    check, report = Sim(by="caps_hold", most=9), tmp_path / "report.json"
    report.write_text(json.dumps({"failures": [{"seed": 7, "check": "nothing_lost"}]}))
    assert check.caught_by(report, "") is None
    assert check.goes_on_at(report) == 8
    assert "8..9" in check.command(report, 8)
    report.write_text(json.dumps({"failures": [{"seed": 9, "check": "nothing_lost"}]}))
    assert check.goes_on_at(report) is None


def test_a_test_that_cannot_run_has_caught_nothing(tmp_path) -> None:
    check = Test(node="tests/test_it.py::test_that")
    assert (
        check.caught_by(tmp_path, "FAILED tests/test_it.py::test_that - assert 1 == 2") == "test: test_it.py::test_that"
    )
    assert check.caught_by(tmp_path, "ERROR tests/test_it.py - ImportError") is None
    said = f"..F\nFAILED {STORIES}[no node for two hours] - AssertionError"
    assert Stories().caught_by(tmp_path, said) == "story: no node for two hours"
    assert Stories().caught_by(tmp_path, f"ERROR {STORIES}[repeat] - OSError") is None
