"""What it was run on."""

import os
import platform
import subprocess
from pathlib import Path

from msgspec import Struct

from watchbill.runtime.postgres.binaries import find_binaries

PROCESSORS, MEMORY = Path("/proc/cpuinfo"), Path("/proc/meminfo")
KIB_OF_A_GIB = 1 << 20


class Machine(Struct, frozen=True):
    """`memory`: GiB, 0 where it is not told."""

    cores: int
    processor: str
    memory: int
    system: str
    python: str
    postgresql: str


def this_machine() -> Machine:
    """This one."""
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        processor=_value(PROCESSORS, "model name") or platform.machine(),
        memory=round(int(_value(MEMORY, "MemTotal").split()[0] or 0) / KIB_OF_A_GIB) if MEMORY.exists() else 0,
        system=f"{platform.system()} {platform.release().partition('-')[0]}",
        python=platform.python_version(),
        postgresql=_postgresql(),
    )


def _value(path: Path, name: str) -> str:
    if not path.exists():
        return ""
    lines = (line.partition(":") for line in path.read_text().splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "")


def _postgresql() -> str:
    command = [str(find_binaries().postgres), "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]
