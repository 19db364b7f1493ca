"""Counts of what is not yet as it should be. A count may fall and never rise.

`ratchet.json` beside this file holds the counts. `make ratchet` writes down the ones that have
fallen; nothing writes down one that has risen.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.architecture.source import ROOT, Source, python_sources

RECORD = Path(__file__).with_name("ratchet.json")

FUNCTION_LINES = 60
FILE_LINES = 400

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_over_60_lines(sources: Iterable[Source]) -> Iterator[str]:
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, Function):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    yield f"{source.path}:{node.lineno} {node.name}, {lines} lines"


def files_over_400_lines(sources: Iterable[Source]) -> Iterator[str]:
    for source in sources:
        lines = len(source.text.splitlines())
        if lines > FILE_LINES:
            yield f"{source.path}, {lines} lines"


def undocumented_functions(sources: Iterable[Source]) -> Iterator[str]:
    """A public function is one at the top of a module whose name has no leading underscore."""
    for source in sources:
        if source.is_test or not source.within("watchbill/engine/", "watchbill/runtime/"):
            continue
        functions = (node for node in source.tree.body if isinstance(node, Function))
        for node in functions:
            if not node.name.startswith("_") and ast.get_docstring(node) is None:
                yield f"{source.path}:{node.lineno} {node.name}"


def chapters_without_readme(sources: Iterable[Source]) -> Iterator[str]:
    chapters = {source.parts[1] for source in sources if source.path.count("/") > 1
                and source.within("watchbill/")}  # fmt: skip
    for chapter in sorted(chapters):
        if not (ROOT / "watchbill" / chapter / "README.md").exists():
            yield f"watchbill/{chapter}/"


COUNTED: dict[str, Callable[[Iterable[Source]], Iterator[str]]] = {
    "functions over 60 lines": functions_over_60_lines,
    "files over 400 lines": files_over_400_lines,
    "public functions of engine and runtime without a docstring": undocumented_functions,
    "chapters without a README.md": chapters_without_readme,
}


def counted_sources() -> list[Source]:
    """What the counts look at: all our Python but migrations, which are written by a machine."""
    return [source for source in python_sources() if not source.is_migration]


def recorded() -> dict[str, int]:
    counts: dict[str, int] = json.loads(RECORD.read_text())
    return counts


def lower_the_record() -> None:
    """Writes down every count that has fallen, and says what it did."""
    sources, counts = counted_sources(), recorded()
    for name, find in COUNTED.items():
        now = len(list(find(sources)))
        was = counts.get(name, now)
        counts[name] = min(was, now)
        verdict = "lowered" if now < was else "MORE THAN RECORDED" if now > was else "as recorded"
        print(f"{now:4} {name}: {verdict}")
    RECORD.write_text(json.dumps(counts, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    lower_the_record()
