"""Connections to the tables, as `runtime.database.Database` gives them: transactions that are committed whole or not at
all, and the faults that a database has."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sim.store.outbox import OUTBOX
from sim.store.tables import Tables
from sim.store.twins import ROAD, Answer, Write
from watchbill.runtime.road import Away, Contended

TWINS = {**ROAD, **OUTBOX}


class NoTwin(Exception):
    """The product runs a statement that the store in memory does not know."""


class Cursor:
    """What a statement answered."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self._rows = rows

    async def fetchall(self) -> Sequence[tuple[Any, ...]]:
        return self._rows

    async def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows[0] if self._rows else None


class Link:
    """One connection. `writes`: what is done at the commit, or None where each statement is committed by itself."""

    __slots__ = ("_fate", "_tables", "writes")

    def __init__(self, tables: Tables, fate: "Fate", writes: list[Write] | None) -> None:
        self._tables = tables
        self._fate = fate
        self.writes = writes

    async def execute(self, statement: str, parameters: Any = None) -> Cursor:
        """Runs the statement's twin. Raises NoTwin."""
        twin = TWINS.get(statement)
        if twin is None:
            raise NoTwin(f"sim/store has no twin of this statement; write it and its test:\n{statement}")
        self._fate.statement(statement, parameters)
        answer: Answer = twin(self._tables, parameters)
        if answer.write is not None:
            if self.writes is None:
                _commit(self._tables, [answer.write])
            else:
                self.writes.append(answer.write)
        return Cursor(answer.rows)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """A savepoint; here only recipients are written in one, at once."""
        yield


class Fate:
    """What happens to a node's statements. The simulator's chaos overrides it; here nothing does."""

    async def begin(self) -> None:
        """Before a transaction or a statement of its own: may wait, and raise Away or Contended."""

    def statement(self, statement: str, parameters: Any) -> None:
        """Before each statement: may raise Away or Contended."""

    def commit(self) -> bool:
        """Whether the commit happens; may raise `LostAnswer`, after which it has happened all the same."""
        return True


class LostAnswer(Exception):
    """The commit was done, and the node does not hear of it."""


class Database:
    """A node's way to the tables. `committed`: called after each commit that wrote anything."""

    def __init__(self, tables: Tables, fate: Fate | None = None, committed: Callable[[], None] = lambda: None) -> None:
        self._tables = tables
        self._fate = fate or Fate()
        self._committed = committed

    async def ask(self) -> None:
        """See runtime.database.Database."""
        await self._fate.begin()

    @asynccontextmanager
    async def link(self) -> AsyncIterator[Any]:
        """See runtime.database.Database."""
        await self._fate.begin()
        yield Link(self._tables, self._fate, None)

    def transaction(self, *, lazily: bool = False) -> "_Transaction":
        """See runtime.database.Database."""
        return _Transaction(self._tables, self._fate, self._committed)


class _Transaction:
    __slots__ = ("_committed", "_fate", "_link", "_tables")

    def __init__(self, tables: Tables, fate: Fate, committed: Callable[[], None]) -> None:
        self._tables = tables
        self._fate = fate
        self._committed = committed
        self._link = Link(tables, fate, [])

    async def __aenter__(self) -> Link:
        await self._fate.begin()
        return self._link

    async def __aexit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: object) -> None:
        if kind is not None or not self._link.writes:
            return
        lost = False
        try:
            happens = self._fate.commit()
        except LostAnswer:
            happens = lost = True
        if happens:
            _commit(self._tables, self._link.writes)
            self._committed()
        if lost or not happens:
            raise Away("The database cannot be used now.")


def _commit(tables: Tables, writes: Sequence[Write]) -> None:
    """All of it, or, where a constraint is broken, nothing and what was broken."""
    tables.begin()
    try:
        for write in writes:
            write()
    except ValueError:
        tables.take_back()
        raise


__all__ = ["Away", "Contended", "Database", "Fate", "Link", "LostAnswer", "NoTwin"]
