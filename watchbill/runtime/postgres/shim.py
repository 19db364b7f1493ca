"""Becomes the server: sets the stage, drops to the server's uid, arms the death signal and execs.

Runs as `python -I -S shim.py <order as JSON>`, in a fresh interpreter rather than in a
`preexec_fn`, because Python code between fork and exec in a process with threads can
deadlock. Imports the standard library only and nothing of Watchbill: with -I and -S
there is nothing else to find.
"""

import ctypes
import json
import os
import sys
from typing import Any

# How far we came, told to the launcher together with the error.
STAGE_REFUSED = "stage refused"
NOT_DROPPED = "not dropped"
NOT_EXECUTED = "not executed"

_PR_SET_PDEATHSIG = 1
_CLONE_NEWNS = 0x00020000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 0x2, 0x4, 0x8
_MS_BIND, _MS_REC, _MS_SLAVE = 0x1000, 0x4000, 0x80000

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str | None, flags: int, options: str | None) -> None:
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind, options)]
    result = _libc.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3])
    _checked(result, f"mount on {target}")


def set_stage(stage: str, shown: list[list[str]]) -> None:
    """Shows folders the server's uid could not reach under `stage`, in a mount namespace of our own.

    Nothing outside this process and its children sees these mounts, they end with it,
    and no permission on the real path is touched. The sources are opened before the
    tmpfs covers `stage`, so they may lie below it.
    """
    _checked(_libc.unshare(_CLONE_NEWNS), "unshare(CLONE_NEWNS)")
    # Slave, not private: nothing of ours gets out, but a disk the machine unmounts is let go here as well.
    _mount("none", "/", None, _MS_REC | _MS_SLAVE, None)
    opened = [(os.open(real, os.O_PATH | os.O_DIRECTORY), name) for real, name in shown]
    _mount("tmpfs", stage, "tmpfs", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, "size=64k,mode=0755")
    for descriptor, name in opened:
        target = os.path.join(stage, name)
        os.makedirs(target, mode=0o755)
        _mount(f"/proc/self/fd/{descriptor}", target, None, _MS_BIND | _MS_REC, None)
        os.close(descriptor)


def drop_to(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def die_with(parent: int, death_signal: int) -> None:
    """Armed last: the kernel forgets the death signal whenever a process changes its uid or gid.

    A parent that died before this line would send nothing any more, hence the look at
    who the parent is now.
    """
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(death_signal), 0, 0, 0), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        sys.exit("watchbill: the process that started this server is gone")


def main(order: dict[str, Any]) -> None:
    """Ends in the ordered program, or tells the launcher through the pipe `report` why not; exec closes that pipe."""
    os.set_inheritable(order["report"], False)
    os.umask(0o022)
    step = STAGE_REFUSED
    try:
        if order["stage"] is not None:
            set_stage(order["stage"], order["shown"])
        step = NOT_DROPPED
        if order["uid"] is not None:
            drop_to(order["uid"], order["gid"])
        os.umask(0o077)
        os.chdir("/")
        step = NOT_EXECUTED
        die_with(order["parent"], order["death_signal"])
        os.execve(order["argv"][0], order["argv"], order["environment"])
    except OSError as error:
        os.write(order["report"], json.dumps([step, str(error)]).encode())
        sys.exit(1)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
