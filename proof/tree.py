"""What is being proven: the commit of this checkout, and whether the files are still those of the commit."""

import hashlib
import subprocess
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).resolve().parents[1]
PAGE = "docs/reliability.md"  # what the proof itself writes changes nothing of what it proves
BUT_THE_PAGE = (".", f":(exclude){PAGE}")


class Tree(Struct, frozen=True):
    """`commit`: 40 hex digits. `changes`: a digest of what differs from it, empty where nothing does."""

    commit: str
    date: str
    changes: str

    @property
    def key(self) -> str:
        """A name for this state of the files: runs of another state are never mixed in."""
        return f"{self.commit[:12]}-{self.changes[:8]}" if self.changes else self.commit[:12]


def tree_of_this_checkout() -> Tree:
    """As it is now. Raises subprocess.CalledProcessError where this is no checkout of git."""
    return Tree(_git("rev-parse", "HEAD").strip(), _git("log", "-1", "--format=%cs").strip(), _changes())


def _changes() -> str:
    digest = hashlib.sha256()
    changed = _git("diff", "HEAD", "--binary", "--", *BUT_THE_PAGE)
    new = [name for name in _git("ls-files", "-z", "-o", "--exclude-standard", "--", *BUT_THE_PAGE).split("\0") if name]
    if not changed and not new:
        return ""
    digest.update(changed.encode())
    for name in sorted(new):
        path = ROOT / name
        digest.update(name.encode() + b"\0" + (path.read_bytes() if path.is_file() else b""))
    return digest.hexdigest()


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout
