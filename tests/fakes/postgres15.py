"""Debian's own PostgreSQL 15 in a folder of its own: the second database on which everything must hold."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.fakes.waiting import until

BINARIES = Path("/usr/lib/postgresql/15/bin")
OPTIONS = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60")


def _as_other() -> list[str]:
    """The server refuses to run as root."""
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []


@contextlib.contextmanager
def postgres15() -> Iterator[str]:
    """A libpq URL of an empty database of its own for the length of a `with`."""
    folder = Path(tempfile.mkdtemp(prefix="watchbill-pg15-"))
    try:
        data, sockets = folder / "data", folder / "s"
        sockets.mkdir()
        if os.geteuid() == 0:
            for path in (folder, sockets):
                shutil.chown(path, "nobody", "nogroup")
        initdb = [*_as_other(), str(BINARIES / "initdb"), "-D", str(data), "-U", "watchbill", "-A", "trust", "-N"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder)
        command = [*_as_other(), str(BINARIES / "postgres"), "-D", str(data), "-k", str(sockets), *OPTIONS]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        url = f"postgresql://watchbill@/postgres?host={sockets}"
        try:
            until(lambda: _answers(url), "PostgreSQL 15 answers")
            yield url
        finally:
            server.terminate()
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
