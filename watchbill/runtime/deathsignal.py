"""Ties a child to its parent's life: when the parent is gone, however it went, the child goes too."""

import ctypes
import os
import signal

PARENT = "WATCHBILL_NODE"
PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Asks the kernel to kill this process when the one that started it dies; does nothing where nobody asked for it.

    The parent says so with WATCHBILL_NODE=<its process id> in the environment. Killed, not told to stop: with the parent
    the database goes, and what was being sent is found again by its lease.
    """
    parent = os.environ.get(PARENT)
    if not parent:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != int(parent):  # it died before we asked
        os.kill(os.getpid(), signal.SIGKILL)
