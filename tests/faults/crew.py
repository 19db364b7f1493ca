"""Runs side by side: several workers, each with an installation of its own, take runs from one list."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from tests.fakes.running import PROJECT
from tests.faults.fault import Fault, Outcome
from watchbill.runtime.deathsignal import PARENT


class Crew:
    """`outcomes`: of the runs that have ended. `told` is called after each."""

    def __init__(self, runs: Sequence[Fault], folder: Path, *, jobs: int, quick: bool) -> None:
        self.outcomes: list[Outcome] = []
        self.working: dict[int, tuple[Fault, float]] = {}
        self._waiting = deque(sorted(runs, key=lambda fault: -fault.lasts))
        self._folder = folder
        self._quick = quick
        self._jobs = min(jobs, len(runs))
        self._lock = threading.Lock()
        self._processes: list[subprocess.Popen[str]] = []

    def work(self, told: Callable[[Outcome], None]) -> None:
        """Returns when every run has ended. Belongs to the main thread, with which the workers would die."""
        for number in range(1, self._jobs + 1):
            self._processes.append(self._worker(number))
        masters = [
            threading.Thread(target=self._drive, args=(number, process, told), daemon=True)
            for number, process in enumerate(self._processes, start=1)
        ]
        try:
            for master in masters:
                master.start()
            for master in masters:
                master.join()
        finally:
            self._dismiss()

    @property
    def left(self) -> float:
        """About how many seconds of the installations' time remain."""
        now = time.monotonic()
        under_way = [max(1.0, fault.lasts - (now - began)) for fault, began in tuple(self.working.values())]
        return sum(fault.lasts for fault in tuple(self._waiting)) + sum(under_way)

    def _worker(self, number: int) -> "subprocess.Popen[str]":
        folder = self._folder / str(number)
        folder.mkdir()
        command = [sys.executable, "-m", "tests.faults.worker", str(folder), *(["--quick"] if self._quick else [])]
        with (folder / "worker.log").open("wb") as log:
            return subprocess.Popen(
                command,
                cwd=PROJECT,
                env={**os.environ, PARENT: str(os.getpid())},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def _drive(self, number: int, process: "subprocess.Popen[str]", told: Callable[[Outcome], None]) -> None:
        while (fault := self._next()) is not None:
            self.working[number] = (fault, time.monotonic())
            outcome = _ask(process, fault)
            if outcome is None:
                log = self._folder / str(number) / "worker.log"
                outcome = Outcome(fault.name, failures=["The harness: its worker ended."], logs=str(log))
            with self._lock:
                del self.working[number]
                self.outcomes.append(outcome)
                told(outcome)
            if process.poll() is not None:
                return
        assert process.stdin is not None
        process.stdin.close()
        process.wait()

    def _next(self) -> Fault | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _dismiss(self) -> None:
        for process in self._processes:
            if process.poll() is None and process.stdin is not None and not process.stdin.closed:
                process.stdin.close()
        for process in self._processes:
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()  # its nodes and its database die with it
                process.wait()


def _ask(process: "subprocess.Popen[str]", fault: Fault) -> Outcome | None:
    """None when the worker has gone."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(fault.name) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
    except (OSError, ValueError):
        return None
    return msgspec.json.decode(line, type=Outcome) if line else None
