"""Where a node can die: each side of every statement and of every call to a provider, numbered as it comes to them.

Nobody lists these points. What the code does passes here, so new code is covered when it is written.
"""

from collections.abc import Callable

import psycopg
from msgspec import Struct
from psycopg import sql

WORDS = 7  # of a statement, to know it by

BEFORE, AFTER = "before", "after"


class Died(BaseException):
    """The node is dead. No code of ours catches it, as none would run after kill -9."""


class Point(Struct, frozen=True):
    """`number`: from 1. `side`: before or after. `what`: the whole statement, or the call to a provider."""

    number: int
    side: str
    what: str

    @property
    def name(self) -> str:
        """What a person reads: number, side and the first words."""
        return f"{self.number}, {self.side} {' '.join(self.what.split()[:WORDS])}"


class Course:
    """The way of one node from its start on. `dies_at`: the number of the point at which it ends, 0 for never. `tears_at`:
    that at which only its connections tear, and it lives on. `cut`: ends its connections; where it is to die for real, it
    does not come back."""

    def __init__(self, dies_at: int = 0, cut: Callable[[], None] = lambda: None, *, tears_at: int = 0) -> None:
        self.points: list[Point] = []
        self.dead = False
        self.torn = ""
        self._dies_at = dies_at
        self._tears_at = tears_at
        self._cut = cut

    def passes(self, side: str, what: str, *, on_wire: bool = True) -> None:
        """The node comes to its next point. Raises Died there when its time has come, and for ever after. `on_wire`: it
        speaks with the database here, so that a wire that tears is noticed at once."""
        if self.dead:
            raise Died("The dead do nothing.")
        point = Point(len(self.points) + 1, side, what)
        self.points.append(point)
        if point.number == self._dies_at:
            self.dead = True
            self._cut()
            raise Died(point.name)
        if point.number == self._tears_at:
            self.torn = point.name
            self._cut()
            if on_wire:
                raise psycopg.OperationalError("The wire is torn.")

    @property
    def end(self) -> str:
        """The name of the point at which it died, or of the last one that it passed."""
        return self.points[-1].name if self.points else "0, before anything"


def text_of(query: object) -> str:
    """A statement as psycopg takes it, as text."""
    if isinstance(query, sql.Composable):
        return query.as_string(None)
    return query.decode() if isinstance(query, bytes) else str(query)
