"""The checks that planted bugs are shown to, and how their answers are read."""

import json
import re
import sys
from pathlib import Path

from msgspec import Struct

PYTHON = sys.executable
PYTEST = (PYTHON, "-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider", "-p", "no:randomly")
STORIES = "tests/crash/test_sweep.py::test_a_scenario_goes_as_it_says_when_nobody_dies"
FAILED_TEST = re.compile(r"^FAILED (?:\S*/)?(\S+)", re.MULTILINE)
FAILED_STORY = re.compile(rf"^FAILED {STORIES}\[([^]]*)\]", re.MULTILINE)


class Check(Struct, frozen=True, tag=True):
    """`slow`: seconds after which it is stopped; it has noticed nothing then."""

    slow: float = 90.0

    @property
    def title(self) -> str:
        """As people see it."""
        raise NotImplementedError

    def command(self, report: Path, start: int = 1) -> list[str]:
        """What to run, from the root of a tree. `report`: where it may write what it found. `start`: where to begin."""
        raise NotImplementedError

    def caught_by(self, report: Path, said: str) -> str | None:
        """What noticed something, by name, after the command has ended with 1; None where it only broke down. `said`:
        what it printed."""
        raise NotImplementedError

    def goes_on_at(self, report: Path) -> int | None:
        """Where to begin again, after it has ended with 1 and noticed something else than it was to."""
        return None


class Sim(Check, frozen=True, tag=True):
    """Worlds of a week, from seed 1 to `most`, until `by`, a checker, finds fault. What another one finds is no catch: a
    bug changes the course of every world, and so also shows what has nothing to do with it."""

    by: str = ""
    most: int = 60

    @property
    def title(self) -> str:
        return f"sim, {self.by}"

    def command(self, report: Path, start: int = 1) -> list[str]:
        seeds = ("--seeds", f"{start}..{self.most}", "--days", "7", "--profile", "chaos")
        return [PYTHON, "-m", "sim", *seeds, "--stop", "--json", str(report)]

    def caught_by(self, report: Path, said: str) -> str | None:
        return f"sim: {self.by}" if any(one["check"] == self.by for one in _failures(report)) else None

    def goes_on_at(self, report: Path) -> int | None:
        seeds = [int(one["seed"]) for one in _failures(report)]
        return max(seeds) + 1 if seeds and max(seeds) < self.most else None


class Stories(Check, frozen=True, tag=True):
    """The scenarios of the crash sweep, each once, without a death: told to the letter."""

    @property
    def title(self) -> str:
        return "stories, nobody dies"

    def command(self, report: Path, start: int = 1) -> list[str]:
        return [*PYTEST, STORIES]

    def caught_by(self, report: Path, said: str) -> str | None:
        failed = FAILED_STORY.search(said)
        return f"story: {failed[1]}" if failed else None


class Crash(Check, frozen=True, tag=True):
    """One scenario of the crash sweep, with a death at each of its points."""

    scenario: str = "new alert"

    @property
    def title(self) -> str:
        return f"crash, {self.scenario!r}"

    def command(self, report: Path, start: int = 1) -> list[str]:
        return [PYTHON, "-m", "tests.crash", "--scenario", self.scenario, "--json", str(report)]

    def caught_by(self, report: Path, said: str) -> str | None:
        failures = _failures(report)
        return f"crash: {failures[0]['check']}, {failures[0]['scenario']!r}" if failures else None


class Test(Check, frozen=True, tag=True):
    """One test, by its node id."""

    __test__ = False  # pytest takes every class of this name for one of its own

    node: str = ""

    @property
    def title(self) -> str:
        return self.node.rpartition("/")[2]

    def command(self, report: Path, start: int = 1) -> list[str]:
        return [*PYTEST, self.node]

    def caught_by(self, report: Path, said: str) -> str | None:
        failed = FAILED_TEST.search(said)
        return f"test: {failed[1]}" if failed else None


def _failures(report: Path) -> list[dict[str, str]]:
    try:
        told = json.loads(report.read_bytes())
    except (OSError, ValueError):
        return []
    found: list[dict[str, str]] = told["failures"]
    return found
