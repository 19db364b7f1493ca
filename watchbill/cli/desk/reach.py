"""How a command reaches the data: the database of the data folder or of a URL, and the road, without a node of its own."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import psycopg
import typer
from msgspec import Struct

from watchbill import wiring
from watchbill.engine.directory import Directory
from watchbill.engine.facts import Fact
from watchbill.incidents.access import EVERYTHING, Sight, sight_of
from watchbill.paging import queries as paging
from watchbill.people import queries as people
from watchbill.people.queries import Known, MethodName
from watchbill.runtime.database import Database, Link, one_line
from watchbill.runtime.postgres import PostgresError, url_of
from watchbill.runtime.road import Decision, Unavailable
from watchbill.runtime.submit import NOW_AND_VERSION, Submitter, round_robins
from watchbill.settings import BadSetting, Settings, load

DONE, ERROR, USAGE, UNKNOWN, UNCHANGED = 0, 1, 2, 3, 4


class Refused(Exception):
    """The command ends here. The message is for people; `status`: the exit status."""

    def __init__(self, message: str, status: int = ERROR) -> None:
        super().__init__(message)
        self.status = status


class Where(Struct, frozen=True):
    """Which Watchbill, as the options say."""

    data_dir: Path | None = None
    database_url: str | None = None


class View(Struct, frozen=True):
    """The data at one instant. `link`: inside one read-only snapshot. `now`: the database's time. `turns`: how often each
    step (policy, level) has paged by round robin."""

    link: Link
    directory: Directory
    now: datetime
    people: dict[int, Known]
    methods: dict[int, MethodName]
    turns: Mapping[tuple[int, int], int]

    async def known(self, email: str) -> Known:
        """The person with this address. Raises Refused."""
        found = next((one for one in self.people.values() if one.email.lower() == email.lower()), None)
        if found is None:
            raise Refused(f"Nobody here has the address {email}.", UNKNOWN)
        return found

    async def sight(self, email: str | None) -> Sight:
        """What whoever asks may see: everything, unless they act as somebody. Raises Refused."""
        if not email:
            return EVERYTHING
        person = await self.known(email)
        if not person.active:
            raise Refused(f"{person.name} is switched off here and cannot act.", UNKNOWN)
        return sight_of(person.id, self.directory)


class Desk:
    """A command at work. It is a road too: what is handed in is committed when `submit` answers."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database

    async def submit(self, facts: Sequence[Fact]) -> Sequence[Decision]:
        """See runtime.road.Road."""
        return (await Submitter(self.database, wiring.ROAD).run(facts)).decisions

    @asynccontextmanager
    async def look(self) -> AsyncIterator[View]:
        """The data as it is now. Raises Unavailable."""
        async with self.database.transaction() as link:
            await link.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            row = await (await link.execute(NOW_AND_VERSION)).fetchone()
            assert row is not None, "the one row of `configuration` is missing"
            directory = await wiring.directory(link, row[1])
            turns = await paging.turns(link, round_robins(directory))
            named = await people.everybody(link), await people.method_names(link)
            yield View(link, directory, row[0], *named, turns)


def run(where: Where, work: Callable[[Desk], Awaitable[int]]) -> NoReturn:
    """Does the work and ends the command with its exit status; what goes wrong is told in a sentence."""
    try:
        status = asyncio.run(_at_desk(where, work))
    except Refused as fault:
        fail(str(fault), fault.status)
    except Unavailable as fault:
        fail(str(fault))
    except psycopg.errors.UndefinedTable:
        fail("This database holds no Watchbill yet. `watchbill serve` makes its tables when it starts.")
    except psycopg.errors.UndefinedColumn:
        fail("This database was made by another version of Watchbill. Start `watchbill serve` of this version once.")
    except psycopg.Error as fault:
        fail(f"The database refused: {one_line(fault)}")
    raise typer.Exit(status)


def fail(message: str, status: int = ERROR) -> NoReturn:
    """Tells why on standard error and ends the command."""
    sys.stderr.write(f"watchbill: {message}\n")
    raise typer.Exit(status)


def find(where: Where) -> tuple[Settings, str]:
    """The settings and the libpq URL of the database. Raises Refused."""
    try:
        settings = load({"data_dir": where.data_dir, "database_url": where.database_url}, served=True)
        return settings, settings.database_url or url_of(settings.data_dir)
    except BadSetting as fault:
        raise Refused(str(fault), USAGE) from None
    except PostgresError as fault:
        if "No database runs" not in fault.problem:
            raise Refused(str(fault)) from None
        folder = load({"data_dir": where.data_dir}).data_dir
        raise Refused(
            f"Watchbill is not running here (no server in {folder}). Start it with `watchbill serve`, name its folder "
            "with --data-dir, or name the database with --database-url."
        ) from None


async def _at_desk(where: Where, work: Callable[[Desk], Awaitable[int]]) -> int:
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # it is told below, in one sentence
    settings, url = find(where)
    await _try(url)
    database = Database(url, size=2)
    await database.open()
    try:
        return await work(Desk(settings, database))
    finally:
        await database.close()


async def _try(url: str) -> None:
    """Says at once why a database cannot be reached; the pool would only say that it took too long."""
    try:
        link = await psycopg.AsyncConnection.connect(url, connect_timeout=5)
    except (psycopg.OperationalError, psycopg.ProgrammingError) as fault:
        raise Refused(f"The database cannot be reached: {one_line(fault)}") from None
    await link.close()
