"""Values and the text of SQL stay apart."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.rule import Finding, Rule
from tests.architecture.source import Source
from tests.architecture.syntax import dotted, literal_text

A_STATEMENT = re.compile(
    r"\b(SELECT\b.+\bFROM|SELECT \w+\(|INSERT INTO|UPDATE\b.+\bSET|DELETE FROM"
    r"|(CREATE|ALTER|DROP) (TABLE|DATABASE|ROLE|USER|INDEX|SCHEMA))\b",
    re.DOTALL,
)


def values_put_into_sql(source: Source) -> Iterator[Finding]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.JoinedStr) and A_STATEMENT.search(literal_text(node)):
            for part in node.values:
                if isinstance(part, ast.FormattedValue) and not is_constant(part.value):
                    yield part.lineno, f"puts {ast.unparse(part.value)} into SQL"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called_on = node.func.value
            if node.func.attr == "format" and A_STATEMENT.search(literal_text(called_on)):
                yield node.lineno, "makes SQL with format()"
        if isinstance(node, ast.BinOp):
            is_sql = A_STATEMENT.search(literal_text(node.left))
            if is_sql and not is_constant(node.right):
                yield node.lineno, f"puts {ast.unparse(node.right)} into SQL"


def is_constant(node: ast.AST) -> bool:
    """Whether an expression is a literal or the name of a constant of ours, `INCIDENT_COLUMNS`."""
    return isinstance(node, ast.Constant) or dotted(node).rpartition(".")[2].isupper()


SQL_FROM_CONSTANTS = Rule(
    name="A value is never put into the text of SQL",
    why="a value in the text is how a title of an alert becomes a statement of its own",
    instead="pass it as a parameter; a table or column by name goes through psycopg.sql.Identifier",
    applies_to=lambda source: source.within("watchbill/", "sim/") and not source.is_test and not source.is_migration,
    find=values_put_into_sql,
    example_path="watchbill/incidents/load.py",
    bad=(
        "def f(title): return f'SELECT id FROM incident WHERE title = {title}'",
        "def f(table): return f'UPDATE {table} SET status = 1'",
        "def f(table): return 'DELETE FROM {}'.format(table)",
        "def f(title): return 'SELECT id FROM incident WHERE title = ' + title",
        "def f(title): return 'SELECT id FROM incident WHERE title = %s' % title",
        "def f(name): return f'CREATE DATABASE {name}'",
    ),
    good=(
        "OPEN = f'SELECT {COLUMNS} FROM incident'",
        "OPEN = f'SELECT {load.INCIDENT}, {_ALERT} FROM incident'",
        "OPEN = 'SELECT id FROM incident WHERE id = %s'",
        "OPEN = 'SELECT id FROM incident ' + NEWEST_FIRST",
        "def f(name): return f'Choose {name} from the list'",
        "def f(name): return sql.SQL('DROP DATABASE {}').format(sql.Identifier(name))",
    ),
)
