"""The files of this checkout, as the rules look at them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Not ours to read: made, fetched, or drawn elsewhere.
SKIPPED_FOLDERS = {"build", "dist", "node_modules", "__pycache__"}


@dataclass(frozen=True)
class Source:
    """One file: its path from the root of the checkout, with slashes, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=self.path)

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.split("/"))

    @property
    def is_test(self) -> bool:
        return "tests" in self.parts[:-1] or self.parts[-1] == "conftest.py"

    @property
    def is_migration(self) -> bool:
        return "migrations" in self.parts

    def within(self, *folders: str) -> bool:
        """Whether the file lies in one of these folders, each with a slash at its end."""
        return self.path.startswith(folders)


@cache
def all_sources() -> tuple[Source, ...]:
    """Every text file that is, or is about to be, committed."""
    found = []
    for path in sorted(set(committed_paths())):
        try:
            found.append(Source(path, (ROOT / path).read_text()))
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # a picture, or a file that somebody moved in this very moment
    return tuple(found)


def python_sources() -> tuple[Source, ...]:
    """The Python among them, scripts without an ending included."""
    return tuple(
        source
        for source in all_sources()
        if source.path.endswith(".py") or source.text.startswith("#!/usr/bin/env python3")
    )


def committed_paths() -> Iterator[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive, or no git here
        yield from paths_by_walking(ROOT)
    else:
        yield from filter(None, listed.stdout.split("\0"))


def paths_by_walking(folder: Path) -> Iterator[str]:
    for entry in folder.iterdir():
        hidden = entry.name.startswith(".") and entry.name not in {".ci", ".editorconfig"}
        if hidden or entry.name in SKIPPED_FOLDERS or entry.name.endswith(".egg-info"):
            continue
        if entry.is_dir():
            yield from paths_by_walking(entry)
        else:
            yield entry.relative_to(ROOT).as_posix()
