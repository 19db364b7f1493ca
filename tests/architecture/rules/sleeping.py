"""Tests do not wait."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.rule import Finding, Rule
from tests.architecture.source import Source
from tests.architecture.syntax import dotted, imported_names


def sleeps(source: Source) -> Iterator[Finding]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            called = dotted(node.func)
            wait = node.args[0] if node.args else None
            yields_only = isinstance(wait, ast.Constant) and wait.value == 0
            if called == "time.sleep":
                yield node.lineno, "time.sleep"
            elif called in {"asyncio.sleep", "anyio.sleep", "trio.sleep"} and not yields_only:
                yield node.lineno, called
        for name in imported_names(node):
            if name in {"time.sleep", "asyncio.sleep"}:
                yield node.lineno, name


NO_SLEEP = Rule(
    name="A test never sleeps on a wall clock",
    why="what waits for half a second is slow on every day and wrong on a busy one",
    instead="move the database's clock; or wait for the thing itself: an event, a line, a process",
    # A fake is a server, and to be slow is one of the things that it can be told.
    applies_to=lambda source: source.is_test and not source.within("tests/fakes/"),
    find=sleeps,
    example_path="tests/acceptance/test_story.py",
    bad=(
        "time.sleep(1)",
        "time.sleep(0)",
        "await asyncio.sleep(0.1)",
        "await asyncio.sleep(delay)",
        "from time import sleep",
        "from asyncio import sleep",
        "path: watchbill/paging/tests/test_climb.py\ntime.sleep(1)",
    ),
    good=(
        "await asyncio.sleep(0)",
        "await asyncio.wait_for(arrived.wait(), timeout=5)",
        "story.fast_forward(minutes=5)",
        "path: watchbill/runtime/wakeups.py\ntime.sleep(1)",
        "path: tests/fakes/smtp.py\nawait asyncio.sleep(slowness)",
    ),
)
