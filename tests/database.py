"""A real PostgreSQL for the tests: one server a run, one database a worker, emptied before each test that asks for it.

The server is the embedded one, or the one that WATCHBILL_TEST_DATABASE_URL names. Its clock is the tests' to move.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from psycopg import sql
from psycopg.conninfo import make_conninfo

from watchbill import django_settings
from watchbill.runtime.postgres import EmbeddedPostgres
from watchbill.runtime.schema import migrate

SERVER = "WATCHBILL_TEST_DATABASE_URL"
SECRET_KEY = "a secret key of the tests, long enough for all"

CLOCK = """
CREATE TABLE test_clock (at timestamptz);
INSERT INTO test_clock VALUES (NULL);
CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
AS 'SELECT coalesce((SELECT at FROM test_clock), clock_timestamp())'
"""

# Before any test module is imported, so that models can be; which database it is follows when there is one.
django_settings.configure("", SECRET_KEY)


class Server:
    """The PostgreSQL server of this run, started when it is first asked for."""

    def __init__(self) -> None:
        self._embedded: EmbeddedPostgres | None = None
        self._folder: Path | None = None

    @property
    def url(self) -> str:
        """A libpq URL of a database in which others may be created."""
        given = os.environ.get(SERVER)
        if given:
            return given
        if self._embedded is None:
            self._folder = Path(tempfile.mkdtemp(prefix="watchbill-tests-"))
            self._embedded = EmbeddedPostgres(self._folder / "data")
            self._embedded.start()
        return self._embedded.url

    def stop(self) -> None:
        """Stops the server and removes what it kept."""
        if self._embedded is not None and self._folder is not None:
            self._embedded.stop()
            shutil.rmtree(self._folder)
            self._embedded = None


server = Server()


def pytest_configure(config: pytest.Config) -> None:
    """With several workers the controller starts the one server that all of them use."""
    if not hasattr(config, "workerinput") and getattr(config.option, "numprocesses", None):
        os.environ[SERVER] = server.url


def pytest_unconfigure(config: pytest.Config) -> None:
    """The server goes with the run that started it."""
    server.stop()


class Database:
    """One migrated database. `url`: libpq URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.link = psycopg.connect(url, autocommit=True)
        tables = self.link.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
            "AND tablename NOT IN ('django_migrations', 'configuration', 'test_clock')"
        ).fetchall()
        names = sql.SQL(", ").join(sql.Identifier(name) for (name,) in tables)
        self._empty = sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names)

    def empty(self) -> None:
        """No rows, and the real clock."""
        self.link.execute(self._empty)
        self.link.execute("UPDATE configuration SET version = version + 1")
        self.link.execute("UPDATE test_clock SET at = NULL")

    def set_clock(self, at: datetime | None) -> None:
        """Stops the database's clock at an aware instant; None lets it run again."""
        self.link.execute("UPDATE test_clock SET at = %s", [at])

    def move_clock(self, **by: float) -> datetime:
        """Moves the stopped clock on, by the arguments of timedelta, and answers the new time."""
        row = self.link.execute("UPDATE test_clock SET at = app_now() + %s RETURNING at", [timedelta(**by)]).fetchone()
        assert row is not None
        at: datetime = row[0]
        return at


def make_database(server_url: str, name: str) -> str:
    """Makes and migrates a database of this name, new, and answers its URL."""
    with psycopg.connect(server_url, autocommit=True) as link:
        link.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = make_conninfo(server_url, dbname=name)
    connections["default"].close()
    connections["default"].settings_dict.update(django_settings.database(url))
    migrate(url)
    with psycopg.connect(url, autocommit=True) as link:
        link.execute(CLOCK)
    return url


@pytest.fixture(scope="session")
def server_url() -> str:
    """A libpq URL of the run's server, for tests that make databases of their own."""
    return server.url


@pytest.fixture(scope="session")
def migrated(server_url: str) -> Iterator[Database]:
    """The worker's database. Ask for `database` instead, unless you empty it yourself."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    database = Database(make_database(server_url, f"watchbill_test_{worker}_{os.getpid()}"))
    yield database
    database.link.close()


@pytest.fixture
def database(migrated: Database) -> Database:
    """The worker's database, empty. Django and psycopg see the same one."""
    migrated.empty()
    return migrated
