"""The engine is a pure function of what it is given."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from tests.architecture.rule import Finding, Rule
from tests.architecture.source import Source
from tests.architecture.syntax import dotted, imported_names

ENGINE_MAY_IMPORT = {"msgspec", "watchbill"}
# Of the standard library: what asks the world something, tells it something, or differs each time.
NOT_IN_THE_ENGINE = {
    "asyncio", "concurrent", "ctypes", "ftplib", "getpass", "glob", "http", "imaplib", "importlib",
    "logging", "mmap", "multiprocessing", "os", "pathlib", "platform", "queue", "random", "sched",
    "secrets", "select", "selectors", "shutil", "signal", "smtplib", "socket", "socketserver",
    "sqlite3", "ssl", "subprocess", "syslog", "tempfile", "threading", "time", "urllib", "xmlrpc",
}  # fmt: skip
URL_PARSING = "urllib.parse"  # pure
RANDOM_NUMBERS = {"uuid.uuid1", "uuid.uuid4", "uuid.uuid6", "uuid.uuid7", "uuid.uuid8"}
INPUT_AND_OUTPUT = {"open", "print", "input", "breakpoint", "exec", "eval", "__import__"}


def impurities(source: Source) -> Iterator[Finding]:
    for node in ast.walk(source.tree):
        for name in imported_names(node):
            top = name.split(".")[0]
            if isinstance(node, ast.ImportFrom) and node.level:
                continue  # ruff refuses relative imports already
            if top == "watchbill":
                if name.split(".")[1:2] != ["engine"]:
                    yield node.lineno, f"{name} is not of the engine"
            elif top not in ENGINE_MAY_IMPORT and top not in sys.stdlib_module_names:
                yield node.lineno, f"{top} is a package from outside"
            elif top in NOT_IN_THE_ENGINE and not name.startswith(URL_PARSING):
                yield node.lineno, f"{top} reaches out of the engine"
            elif name in RANDOM_NUMBERS:
                yield node.lineno, f"{name} differs each time"
        if isinstance(node, ast.Call):
            called = dotted(node.func)
            if called in INPUT_AND_OUTPUT or called in RANDOM_NUMBERS:
                yield node.lineno, f"{called}() is input, output or chance"


PURE_ENGINE = Rule(
    name="The engine is rules and nothing else",
    why="only then can a simulator play a year in a second and replay any failure from its seed",
    instead="take it as an argument, or return a command and let apply.py do it",
    applies_to=lambda source: source.within("watchbill/engine/") and not source.is_test,
    find=impurities,
    example_path="watchbill/engine/escalation.py",
    bad=(
        "import random",
        "from secrets import token_hex",
        "import logging",
        "import socket",
        "import http.client",
        "from urllib.request import urlopen",
        "import time",
        "import os.path",
        "import django",
        "from structlog import get_logger",
        "from watchbill.runtime import clock",
        "from watchbill import settings",
        "from uuid import uuid4",
        "import uuid\npage_id = uuid.uuid4()",
        "print('here')",
        "text = open('rules.txt').read()",
    ),
    good=(
        "from datetime import datetime, timedelta",
        "from zoneinfo import ZoneInfo",
        "import msgspec",
        "from urllib.parse import urlsplit",
        "from uuid import UUID, uuid5",
        "import watchbill.engine.step",
        "from watchbill.engine import facts",
        "from watchbill.engine.facts import Acknowledged",
        "path: watchbill/engine/tests/test_step.py\nimport random, pytest",
        "path: watchbill/runtime/nodes.py\nimport socket",
    ),
)
