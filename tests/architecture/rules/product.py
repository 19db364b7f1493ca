"""The product stands without its tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.rule import Finding, Rule
from tests.architecture.source import Source
from tests.architecture.syntax import imported_names

ONLY_FOR_TESTS = {"pytest", "hypothesis", "aiosmtpd", "unittest", "tests"}


def imports_of_tests(source: Source) -> Iterator[Finding]:
    for node in ast.walk(source.tree):
        for name in imported_names(node):
            if name.split(".")[0] in ONLY_FOR_TESTS or ".tests." in f"{name}.":
                yield node.lineno, f"imports {name}"


NO_TESTS_IN_THE_PRODUCT = Rule(
    name="The product imports nothing of its tests",
    why="it is installed without them, and would break on somebody's machine and not on ours",
    instead="move what both need into the chapter, under a name of its own",
    applies_to=lambda source: source.within("watchbill/") and not source.is_test,
    find=imports_of_tests,
    example_path="watchbill/channels/contract.py",
    bad=(
        "from tests.fakes.smtp import Smtp",
        "from watchbill.people.tests.cast import ana",
        "from watchbill.people import tests",
        "import pytest",
        "from unittest import mock",
    ),
    good=(
        "from watchbill.practice.drills import Drill",
        "import contests",
        "path: watchbill/people/tests/test_names.py\nimport pytest",
    ),
)
