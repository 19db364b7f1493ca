"""Folders, servers and owner processes; every one of them is gone when its test is."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg
import pytest

import watchbill
from watchbill.runtime.postgres import EmbeddedPostgres
from watchbill.runtime.postgres.binaries import find_binaries
from watchbill.runtime.postgres.postmaster import read_pid_file

REPOSITORY = Path(watchbill.__file__).parents[1]

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be kept from being root")


@dataclass
class Owner:
    """The process of owner.py, and the last thing it said."""

    process: subprocess.Popen[str]
    says: dict[str, Any]

    def listen(self) -> dict[str, Any]:
        out: IO[str] | None = self.process.stdout
        assert out is not None
        self.says = json.loads(out.readline())
        return self.says

    def leave(self) -> None:
        """Its input ends, so it stops its server and goes."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.listen()
        self.process.wait(5)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short private folder: pytest's own would be too long for a socket, and that case has its own test."""
    made = Path(tempfile.mkdtemp(prefix="wb-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def shared() -> Iterator[EmbeddedPostgres]:
    """A running server for tests that only look at it."""
    made = Path(tempfile.mkdtemp(prefix="wb-"))
    server = EmbeddedPostgres(made / "data", spare_segments=0)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(made)


@pytest.fixture
def serve() -> Iterator[Callable[..., EmbeddedPostgres]]:
    """Makes a server that is stopped after the test, whatever happens."""
    made: list[EmbeddedPostgres] = []

    def make(data_dir: Path, **options: Any) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(data_dir, **{"spare_segments": 0, **options}))
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def own() -> Iterator[Callable[..., Owner]]:
    """Starts an owner process; `prefix` is put before its command line, `options` go to Popen."""
    made: list[Owner] = []

    def make(
        data_dir: Path,
        *,
        prefix: tuple[str, ...] = (),
        python: str = sys.executable,
        listen: bool = True,
        **options: Any,
    ) -> Owner:
        site = find_binaries().site
        process = subprocess.Popen(
            [*prefix, python, "-m", "watchbill.runtime.postgres.tests.owner", str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            env={**os.environ, "PYTHONPATH": f"{REPOSITORY}:{site}", "PYTHONDONTWRITEBYTECODE": "1"},
            **options,
        )
        made.append(Owner(process, {}))
        if listen:
            made[-1].listen()
        return made[-1]

    yield make
    for owner in made:
        owner.process.kill()
        owner.process.wait()
        for pipe in (owner.process.stdin, owner.process.stdout):
            assert pipe is not None
            pipe.close()


def postmaster_of(data_dir: Path) -> int:
    told = read_pid_file(data_dir / "postgres")
    assert told is not None
    return told.pid


def running(pid: int) -> bool:
    """A zombie does not count: an orphan is one until init collects it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ask(url: str, query: str) -> Any:
    with psycopg.connect(url, autocommit=True) as session:
        answer = session.execute(query)
        row = answer.fetchone() if answer.description else None
        return row[0] if row else None
