"""Brings the database's tables up to what this version of Watchbill needs."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

OLDEST_SERVER = 150000
# Two nodes that start at once take turns; any number will do that nothing else here locks.
TURN = 7_120_401


class BadDatabase(Exception):
    """The database cannot be used as it is; the message says why and what to do."""


def migrate(url: str) -> int:
    """Runs the migrations that are missing, one node at a time, and answers how many there were. `url`: libpq URL.

    Raises BadDatabase when the server is too old or the tables come from a newer Watchbill.
    """
    with _turn(url):
        loader = MigrationLoader(connection)
        applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
        ours = {key for key in applied if key[0] in {app for app, _ in known}}
        if newer := sorted(ours - known):
            app, name = newer[0]
            raise BadDatabase(
                f"The database was changed by a newer Watchbill (it has {app}.{name}). Start that version, or restore "
                "a backup from before the upgrade."
            )
        if missing := known - applied:
            call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        connection.close()
        return len(missing)


@contextmanager
def _turn(url: str) -> Iterator[None]:
    with psycopg.connect(url, autocommit=True) as link:
        if link.info.server_version < OLDEST_SERVER:
            raise BadDatabase(
                f"PostgreSQL {link.info.server_version // 10000} is too old; Watchbill needs 15 or newer."
            )
        link.execute("SELECT pg_advisory_lock(%s)", [TURN])
        yield
