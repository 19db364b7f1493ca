"""Under which uid the server runs, and whether that uid can walk to the folders it needs."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from watchbill.runtime.postgres.errors import PostgresError

UNASSIGNED_IDS = range(65520, 65534)
"""Numbers nobody hands out: Debian policy reserves 65000-65533, systemd's dynamic users end at 65519, and 65534 is
`nobody`. They are below 65536, so they also exist in a user namespace of the usual 65536 ids (rootless containers)."""


@dataclass(frozen=True)
class Account:
    """A uid and gid; they need no entry in /etc/passwd."""

    uid: int
    gid: int

    def owns(self, path: Path) -> bool:
        return path.lstat().st_uid == self.uid

    def can(self, path: Path, wanted: int) -> bool:
        """Whether the mode bits grant `wanted` (4 read, 1 pass or execute) on `path` itself.

        Access lists are not read. At worst they make us set a stage that was not needed.
        """
        found = path.stat()
        if found.st_uid == self.uid:
            granted = found.st_mode >> 6
        elif found.st_gid == self.gid:
            granted = found.st_mode >> 3
        else:
            granted = found.st_mode
        return granted & wanted == wanted

    def blocked_at(self, path: Path) -> Path | None:
        """The topmost folder above `path` which this account cannot pass through, or None."""
        for folder in reversed(path.resolve().parents):
            if not self.can(folder, 1):
                return folder
        return None

    def can_read_within(self, top: Path, path: Path) -> bool:
        """Whether it can read the file `path` once it stands at `top`; what lies above can be led around."""
        inner = path.relative_to(top).parts
        folders = [top.joinpath(*inner[:depth]) for depth in range(len(inner))]
        return self.can(path, 4) and all(self.can(folder, 5) for folder in folders)


def runs_as_root() -> bool:
    return os.geteuid() == 0


def server_account(cluster: Path) -> Account:
    """Who the server runs as: whoever we are; and if we are root, the owner of `cluster` or a free number.

    PostgreSQL refuses uid 0 and insists on owning its folder. As root we take a number
    of our own rather than `nobody`: other daemons run as `nobody` too and could then
    enter the folder. We add no system user, since the server works without one.
    """
    if not runs_as_root():
        return _own_account(cluster)
    if cluster.is_dir():
        found = cluster.lstat()
        if found.st_uid == 0:
            raise PostgresError(
                f"The database folder {cluster} belongs to root, and PostgreSQL refuses to run as root.",
                remedy=f"Give it to the account that should run the database: chown -R <user>: {cluster}",
            )
        return Account(found.st_uid, found.st_gid)
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    free = next((number for number in UNASSIGNED_IDS if number not in taken), None)
    if free is None:
        raise PostgresError(
            f"Every user id from {UNASSIGNED_IDS.start} to {UNASSIGNED_IDS.stop - 1} is taken on this machine, so "
            "there is none left for the database server.",
            remedy="Run Watchbill as an ordinary user instead of root.",
        )
    return Account(free, free)


def founding_account() -> Account:
    """Who runs initdb when we are root: initdb, unlike the server, wants its uid to have a name.

    `nobody` exists everywhere and costs nothing to be. The new cluster is handed to the
    server's own number before anything is stored in it.
    """
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise PostgresError(
            "PostgreSQL refuses to run as root, and this machine has no user `nobody` to create its files as.",
            remedy="Run Watchbill as an ordinary user.",
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def _own_account(cluster: Path) -> Account:
    me = Account(os.geteuid(), os.getegid())
    if cluster.is_dir() and not me.owns(cluster):
        raise PostgresError(
            f"The database folder {cluster} belongs to uid {cluster.lstat().st_uid}, and this process runs as uid "
            f"{me.uid}.",
            remedy="Run Watchbill as the user it was set up with (as root, if it was set up by root).",
        )
    return me


def is_private(path: Path, owner_uid: int) -> bool:
    """A real folder (no symbolic link) that belongs to `owner_uid` and that nobody else may enter."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner_uid and found.st_mode & 0o077 == 0
