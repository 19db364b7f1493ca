"""The processes of a server and what they use: memory and processor time, as Linux counts them."""

import os
from pathlib import Path

from bench.command import BenchFailed

PROC = Path("/proc")
TICK = 1 / os.sysconf("SC_CLK_TCK")  # seconds
_GONE = (FileNotFoundError, ProcessLookupError)


def tree_of(root: int) -> list[int]:
    """The processes that `root` started, and theirs, with itself."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit() and (stat := _stat(int(folder.name))):
            children.setdefault(int(stat[1]), []).append(int(folder.name))
    found = [root]
    for process in found:
        found.extend(children.get(process, ()))
    return found


def seconds_of(*roots: int) -> float:
    """Processor time that these trees have used, user and system. What else runs on the machine hardly changes it, so it
    is steadier than a rate. Of processes that have ended nothing is known."""
    processes = {process for root in roots for process in tree_of(root)}
    return sum(int(stat[11]) + int(stat[12]) for process in processes if (stat := _stat(process))) * TICK


def pss_of(process: int) -> int:
    """Bytes of memory of one process; what is shared counts by its share. 0 where it has just ended."""
    try:
        for line in (PROC / str(process) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except _GONE:
        return 0
    except PermissionError:
        raise BenchFailed("The memory of another account's process cannot be read; run this bench as root.") from None
    return 0


def role_of(process: int) -> str:
    """What a process of Watchbill's tree is: serve, node or postgres."""
    try:
        words = (PROC / str(process) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except _GONE:
        return "ended"
    if "watchbill.cli.node" in words:
        return "node"
    return "serve" if "serve" in words else "postgres"


def _stat(process: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on, or nothing where it has ended."""
    try:
        # The name of the program may hold spaces and brackets, so count from its end.
        return (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except _GONE:
        return []
