"""What a planted bug is: one change of the text of one file, and the checks that are to notice it."""

from pathlib import Path

from msgspec import Struct

from tests.planted.check import Check


class Stale(ValueError):
    """The text that a planted bug replaces is not in its file exactly once: the code has moved on."""


class Mutation(Struct, frozen=True, kw_only=True):
    """`file`: from the root of the checkout. `old`, `new`: its text, and the bug in its place. `sentence`: what a pager
    with this bug would do. `checks`: those that are to catch it, the cheapest first; one is enough."""

    name: str
    file: str
    old: str
    new: str
    sentence: str
    checks: tuple[Check, ...]

    def applied_to(self, text: str) -> str:
        """The text of the file with the bug in it. Raises Stale."""
        count = text.count(self.old)
        if count != 1:
            raise Stale(f"{self.name}: the text that it replaces is in {self.file} {count} times, not once.")
        return text.replace(self.old, self.new)

    def plant(self, tree: Path) -> None:
        """Puts the bug into a copy of the tree. Raises Stale."""
        path = tree / self.file
        path.write_text(self.applied_to(path.read_text()))
