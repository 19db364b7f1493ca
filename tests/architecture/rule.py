"""What a rule of the house is.

A rule says what it forbids, why, and what to do instead. It carries examples that it must refuse
and examples that it must let pass, so that the rule is tested before the tree is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tests.architecture.source import Source

Finding = tuple[int, str]  # a line, and what is wrong there


@dataclass(frozen=True, kw_only=True)
class Rule:
    name: str
    why: str
    instead: str
    applies_to: Callable[[Source], bool]
    find: Callable[[Source], Iterable[Finding]]
    bad: tuple[str, ...]
    good: tuple[str, ...]
    #: The path that an example is read as, unless it begins with `path: ...` on a line of its own.
    example_path: str

    def example(self, text: str) -> Source:
        """An example as a file. Its first line may name another path: `path: tests/test_x.py`."""
        if text.startswith("path: "):
            path, _, text = text.removeprefix("path: ").partition("\n")
            return Source(path, text)
        return Source(self.example_path, text)

    def broken_by(self, source: Source) -> list[Finding]:
        return list(self.find(source)) if self.applies_to(source) else []

    def complaints(self, sources: Iterable[Source]) -> Iterator[str]:
        for source in sources:
            for line, what in self.broken_by(source):
                yield f"{source.path}:{line}: {what}"

    def explain(self, complaints: list[str]) -> str:
        listed = "\n  ".join(complaints)
        return f"{self.name}\n  {listed}\nWhy: {self.why}\nInstead: {self.instead}"
