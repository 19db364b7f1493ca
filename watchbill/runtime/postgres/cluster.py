"""The cluster folder `<data_dir>/postgres`: founded once, complete or not at all, and checked before every start."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from watchbill.runtime.postgres.account import Account, founding_account, runs_as_root
from watchbill.runtime.postgres.binaries import MAJOR_VERSION, Binaries
from watchbill.runtime.postgres.errors import PostgresError
from watchbill.runtime.postgres.launch import Launcher
from watchbill.runtime.postgres.log import ServerLog
from watchbill.runtime.postgres.sockets import USER
from watchbill.runtime.postgres.unlinked import read_unlinked
from watchbill.runtime.postgres.wal import flush_file_system, lay_out_segments


def check_version(cluster: Path) -> None:
    """Raises `PostgresError` unless `cluster` was made by the major version that we carry."""
    try:
        version = read_unlinked(cluster / "PG_VERSION", limit=20).strip()
    except FileNotFoundError:
        raise PostgresError(
            f"{cluster} is not a PostgreSQL database folder: it has no file PG_VERSION.",
            remedy="Restore the folder from a backup, or move it away to begin with an empty database.",
        ) from None
    if version != str(MAJOR_VERSION):
        raise PostgresError(
            f"The database in {cluster} was written by PostgreSQL {version}, and this Watchbill carries "
            f"PostgreSQL {MAJOR_VERSION}.",
            remedy=f"Use the Watchbill release that wrote it, dump the data there and load it into a new folder; or "
            f"upgrade the folder with pg_upgrade to version {MAJOR_VERSION}.",
        )


def found_cluster(
    cluster: Path,
    *,
    launcher: Launcher,
    account: Account,
    log: ServerLog,
    claim: int,
    spare_segments: int,
    deadline: float,
) -> None:
    """Runs initdb beside the final place and moves the result there, so a killed first start leaves no half cluster.

    initdb's own flushing is off: one barrier for the whole file system, before the
    folder gets its name, is as safe and ten times as quick. `claim` is for initdb to
    inherit (see postmaster.py); `deadline` is on the monotonic clock.
    """
    draft = cluster.with_name(cluster.name + ".new")
    founder = founding_account() if runs_as_root() else account
    if draft.is_symlink() or draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700)
    if runs_as_root():
        os.chown(draft, founder.uid, founder.gid)
    _run_initdb(draft, launcher=launcher, founder=founder, log=log, claim=claim, deadline=deadline)
    lay_out_segments(draft, count=spare_segments)
    if runs_as_root():
        _hand_over(draft, account)
    flush_file_system(draft)
    draft.rename(cluster)
    flush_file_system(cluster.parent)


def _run_initdb(
    draft: Path, *, launcher: Launcher, founder: Account, log: ServerLog, claim: int, deadline: float
) -> None:
    def command(binaries: Binaries, folders: dict[str, Path]) -> list[str]:
        return [
            str(binaries.initdb),
            *("-D", str(folders["cluster"])),
            *("-U", USER),
            # Whoever may enter the 0700 folder of the socket is let in; there is no other way to the server.
            *("--auth", "trust"),
            *("--encoding", "UTF8"),
            # Built in, so that sorting is the same on every machine and no C library upgrade can break an index.
            *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            "--data-checksums",
            "--no-sync",
            "--no-instructions",
        ]

    begun = log.size()
    process = launcher.launch(
        command, account=founder, folders={"cluster": draft}, death_signal=signal.SIGKILL, log=log, keep=(claim,)
    )
    try:
        code = process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise PostgresError(
            f"Creating the database in {draft.parent} did not end in time.",
            remedy="The disk is very slow or very busy. Start again with a longer time-out.",
            log_tail=log.tail(begun),
        ) from None
    finally:
        process.kill()
        process.wait()
    if code != 0:
        raise PostgresError(
            f"Creating the database in {draft.parent} failed (initdb ended with {code}).",
            remedy="The log tells why; a full disk is the usual reason. Nothing was left behind but postgres.new.",
            log_tail=log.tail(begun),
        )


def _hand_over(folder: Path, account: Account) -> None:
    """Gives the tree to the server's account. Never follows a link: other processes of `nobody` could have made one."""
    for _, folders, files, descriptor in os.fwalk(folder, follow_symlinks=False):
        os.chown(descriptor, account.uid, account.gid)
        for name in (*folders, *files):
            os.chown(name, account.uid, account.gid, dir_fd=descriptor, follow_symlinks=False)
