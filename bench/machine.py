"""What the machine was like while all this was measured: without it no absolute figure means anything."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.report import Figure

WRITES = 50
PAGE = bytes(8192)  # what PostgreSQL writes at least


def measure() -> Iterator[Figure]:
    """The figures that explain others."""
    yield Figure("machine.cores", len(os.sched_getaffinity(0)), "cores")
    yield Figure("machine.load", os.getloadavg()[0], "processes", None, "of the last minute, before the first bench")
    yield Figure("machine.fsync", _fsync() * 1000, "ms", None, "8 kB and fsync, median; each commit waits for one")
    yield Figure("machine.python", _loop() * 1000, "ms", None, "a million turns of an empty loop")


def _fsync() -> float:
    took = []
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "page").open("wb", buffering=0) as file:
        for _ in range(WRITES):
            began = time.perf_counter()
            file.write(PAGE)
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    return median(took)


def _loop() -> float:
    began = time.perf_counter()
    for _ in range(1_000_000):
        pass
    return time.perf_counter() - began
