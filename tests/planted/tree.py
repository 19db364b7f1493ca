"""A copy of what the checks need of this checkout, in which a bug can be planted."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.database import SERVER

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("watchbill", "sim", "tests", "conftest.py", "pyproject.toml")
WHERE = "import watchbill, sim; print(watchbill.__file__); print(sim.__file__)"


class NotTheCopy(Exception):
    """Python takes Watchbill from elsewhere, so that nothing that is planted here would be seen."""


@contextmanager
def copied(parent: Path) -> Iterator[Path]:
    """A fresh copy, with what was compiled of it, until the end."""
    with TemporaryDirectory(prefix="tree-", dir=parent) as folder:
        tree = Path(folder)
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, tree / part)
            else:
                shutil.copy2(source, tree / part)
        yield tree


def surroundings(tree: Path, server_url: str) -> Mapping[str, str]:
    """The environment in which the copy's own modules are imported. `server_url`: of the PostgreSQL of all checks."""
    return {**os.environ, "PYTHONPATH": str(tree), SERVER: server_url}


def see_that_it_is_used(tree: Path, environment: Mapping[str, str]) -> None:
    """Raises NotTheCopy."""
    command = [sys.executable, "-c", WHERE]
    told = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=True).stdout
    for path in told.split():
        if not Path(path).resolve().is_relative_to(tree.resolve()):
            raise NotTheCopy(f"{path} is used, not the copy.")
