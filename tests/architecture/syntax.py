"""Small questions to a syntax tree, that several rules ask."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def dotted(node: ast.AST) -> str:
    """`a.b.c` for the expression a.b.c, and an empty string for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else ""
    return ""


def imported_names(node: ast.AST) -> Iterator[str]:
    """Every full name that an import statement brings in: `os.path`, `time.sleep`."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


def literal_text(node: ast.AST) -> str:
    """What a string or an f-string says, with `?` for each value that is put in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(literal_text(part) or "?" for part in node.values)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ""
