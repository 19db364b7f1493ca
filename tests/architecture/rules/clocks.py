"""One clock in the code, and one in the database."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.rule import Finding, Rule
from tests.architecture.source import Source
from tests.architecture.syntax import dotted, imported_names, literal_text

CLOCK_FILE = "watchbill/runtime/clock.py"

READS_THE_TIME = re.compile(r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|timezone\.now|time\.(time|time_ns))$")
# These turn a time into another form, and read the clock only when they are given none.
READS_THE_TIME_IF_GIVEN_NONE = re.compile(
    r"(^|\.)(timezone\.(localdate|localtime)|time\.(localtime|gmtime|ctime|asctime))$"
)
STAMPS_BY_ITSELF = {"auto_now", "auto_now_add"}


def reads_of_the_clock(source: Source) -> Iterator[Finding]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and READS_THE_TIME.search(dotted(node)):
            yield node.lineno, f"{dotted(node)} reads the time"
        if isinstance(node, ast.Call):
            given_none = not node.args and not node.keywords
            if given_none and READS_THE_TIME_IF_GIVEN_NONE.search(dotted(node.func)):
                yield node.lineno, f"{dotted(node.func)}() reads the time"
        for name in imported_names(node):
            if READS_THE_TIME.search(name):
                yield node.lineno, f"{name} reads the time"
        if isinstance(node, ast.keyword) and node.arg in STAMPS_BY_ITSELF:
            stamps = not (isinstance(node.value, ast.Constant) and node.value.value is False)
            if stamps:
                yield node.value.lineno, f"{node.arg} stamps a row with the node's own time"


ONE_CLOCK = Rule(
    name="Only runtime/clock.py reads the time",
    why="a rule that asks the time itself cannot be tried at another time, and a node's clock lies",
    instead="take `now: datetime` as an argument; at the edge, ask watchbill.runtime.clock",
    applies_to=lambda source: source.within("watchbill/", "sim/") and not source.is_test and source.path != CLOCK_FILE,
    find=reads_of_the_clock,
    example_path="watchbill/paging/actions.py",
    bad=(
        "now = datetime.now(UTC)",
        "now = datetime.datetime.utcnow()",
        "day = date.today()",
        "day = timezone.localdate()",
        "started = time.time()",
        "started = time.time_ns()",
        "made_at = models.DateTimeField(default=timezone.now)",
        "made_at = models.DateTimeField(auto_now_add=True)",
        "from django.utils.timezone import now",
        "from time import time",
        "path: sim/world.py\nnow = datetime.now(UTC)",
    ),
    good=(
        "def climb(case, *, now): return now",
        "started = time.monotonic()",
        "shown = timezone.localtime(page.sent_at)",
        "from time import monotonic, perf_counter",
        "def acknowledge(incident, *, clock): return clock.now()",
        "made_at = models.DateTimeField(auto_now_add=False)",
        "path: watchbill/runtime/clock.py\nnow = datetime.now(UTC)",
        "path: watchbill/paging/tests/test_climb.py\nnow = datetime.now(UTC)",
        "path: bench/run.py\nnow = datetime.now(UTC)",
    ),
)


SQL_CLOCKS = re.compile(
    r"\b(now\(\)|(clock|statement|transaction)_timestamp\(\)"
    r"|current_(timestamp|time|date)\b|localtime(stamp)?\b)",
    re.IGNORECASE,
)
LOOKS_LIKE_SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|VALUES|DEFAULT)\b")
DJANGO_CLOCKS = {"django.db.models.functions.Now", "django.db.models.functions.datetime.Now"}


def reads_of_another_database_clock(source: Source) -> Iterator[Finding]:
    for node in ast.walk(source.tree):
        text = literal_text(node)
        if LOOKS_LIKE_SQL.search(text) and (found := SQL_CLOCKS.search(text)):
            yield node.lineno, f"{found[0]} in SQL"
        for name in DJANGO_CLOCKS.intersection(imported_names(node)):
            yield node.lineno, f"{name} is now() in SQL"


ONE_DATABASE_CLOCK = Rule(
    name="SQL asks for the time through app_now()",
    why="a test moves that one function; whatever asks past it stays in the present",
    instead="write app_now(), or hand the time in as a parameter of the statement",
    applies_to=lambda source: source.within("watchbill/") and not source.within("watchbill/runtime/migrations/"),
    find=reads_of_another_database_clock,
    example_path="watchbill/paging/load.py",
    bad=(
        "due = 'SELECT id FROM page WHERE due_at <= now()'",
        "due = 'SELECT id FROM page WHERE due_at <= CURRENT_TIMESTAMP'",
        "def f(table): return f'UPDATE {table} SET sent_at = clock_timestamp()'",
        "from django.db.models.functions import Now",
    ),
    good=(
        "due = 'SELECT id FROM page WHERE due_at <= app_now()'",
        "due = 'SELECT id FROM page WHERE due_at <= %(now)s'",
        "'What is due is told by the database, not by now().'",
        "path: watchbill/runtime/migrations/0002_clock.py\nx = 'SELECT clock_timestamp()'",
    ),
)
