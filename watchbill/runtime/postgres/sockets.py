"""Where the server's socket lies: in the data folder, or in a short private folder when that path is too long."""

import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote

from watchbill.runtime.postgres.account import Account, is_private, runs_as_root
from watchbill.runtime.postgres.errors import PostgresError
from watchbill.runtime.postgres.unlinked import read_unlinked

DATABASE = "watchbill"
USER = "watchbill"
PORT = 5432
"""Only a part of the socket's file name; nothing listens on TCP."""

_SOCKET = f".s.PGSQL.{PORT}"
_LONGEST_PATH = 107  # bytes in sun_path, without the closing zero
_RECORD = "socket-dir"


def url_for(folder: Path, *, database: str = DATABASE) -> str:
    """The port is in it so that a PGPORT in the environment cannot send the client elsewhere."""
    return f"postgresql://{USER}@/{database}?host={quote(str(folder), safe='')}&port={PORT}"


def make_socket_folder(data_dir: Path, account: Account) -> Path:
    """A 0700 folder of `account`, free of what an earlier server left; the caller has seen that none runs.

    An old `.lock` file beside the socket holds a pid that may be a stranger's by now,
    and PostgreSQL would refuse to start because of it.
    """
    folder = data_dir / "socket"
    if not _fits(folder):
        folder = _recorded(data_dir, account.uid) or _make_short(data_dir)
    folder.mkdir(mode=0o700, exist_ok=True)
    # By descriptor: whoever owns the data folder must not be able to point root at another folder with a link.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchmod(descriptor, 0o700)
        if runs_as_root():
            os.fchown(descriptor, account.uid, account.gid)
    finally:
        os.close(descriptor)
    for name in (_SOCKET, f"{_SOCKET}.lock"):
        (folder / name).unlink(missing_ok=True)
    return folder


def find_socket_folder(data_dir: Path, owner_uid: int) -> Path | None:
    """Where a running server of `data_dir` listens, if there is a folder that only `owner_uid` can have made."""
    folder = data_dir / "socket"
    if not _fits(folder):
        return _recorded(data_dir, owner_uid)
    return folder if is_private(folder, owner_uid) else None


def remove_short_folder(data_dir: Path, owner_uid: int) -> None:
    """After a stop: leaves nothing behind outside the data folder."""
    folder = _recorded(data_dir, owner_uid)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
    (data_dir / _RECORD).unlink(missing_ok=True)


def _fits(folder: Path) -> bool:
    """libpq would take a comma for the end of one host name and the start of the next."""
    return len(os.fsencode(folder / _SOCKET)) <= _LONGEST_PATH and "," not in str(folder)


def _recorded(data_dir: Path, owner_uid: int) -> Path | None:
    """The record is trusted, the place it names is not: /tmp may have been swept, and refilled by a stranger."""
    try:
        folder = Path(read_unlinked(data_dir / _RECORD).rstrip("\n"))
    except FileNotFoundError:
        return None
    return folder if is_private(folder, owner_uid) else None


def _make_short(data_dir: Path) -> Path:
    for parent in ("/run" if runs_as_root() else os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir()):
        if not parent or len(parent) > 60 or "," in parent:
            continue
        try:
            folder = Path(tempfile.mkdtemp(prefix="watchbill-", dir=parent))
        except OSError:
            continue
        (data_dir / _RECORD).unlink(missing_ok=True)
        with (data_dir / _RECORD).open("x") as record:
            record.write(f"{folder}\n")
        return folder
    raise PostgresError(
        f"The path {data_dir}/socket/{_SOCKET} is not usable for a socket (at most {_LONGEST_PATH} bytes, no comma), "
        "and no short folder could be made for it in /run, $XDG_RUNTIME_DIR or /tmp.",
        remedy="Move Watchbill's data folder to a shorter path.",
    )
