"""One installation in a process of its own: takes runs from its standard input, one JSON line each, and answers each."""

import argparse
import json
import shutil
import sys
import time
import traceback
from pathlib import Path

import msgspec

from tests.faults.catalogue import FAULTS
from tests.faults.fault import Fault, Outcome
from tests.faults.installation import Installation
from tests.faults.judge import judge
from tests.faults.run import Run
from watchbill.runtime.deathsignal import die_with_parent


class Worker:
    """Keeps an installation from run to run. One on which a run has failed is stopped, its folder stays, and the next run
    gets another."""

    def __init__(self, folder: Path, *, quick: bool) -> None:
        self._folder = folder
        self._quick = quick
        self._count = 0
        self._place: Installation | None = None

    def do(self, fault: Fault) -> Outcome:
        """One run, from a whole installation to rest."""
        began = time.monotonic()
        try:
            run = Run(self._whole(), fault, quick=self._quick)
            run.hold()
            outcome = judge(run)
        except Exception as wrong:  # whatever it is, it belongs into the report, and the other runs go on
            traceback.print_exc()
            outcome = Outcome(fault.name, failures=[f"The harness: {type(wrong).__name__}: {wrong}"])
        outcome.seconds = time.monotonic() - began
        if not outcome.passed:
            outcome.logs = str(self._installation_folder())
            self.stop(keep=True)
        return outcome

    def stop(self, *, keep: bool = False) -> None:
        """Stops the installation."""
        place, self._place = self._place, None
        if place is not None:
            place.stop()
            if not keep:
                shutil.rmtree(place.folder, ignore_errors=True)

    def _whole(self) -> Installation:
        if self._place is None:
            self._count += 1
            self._place = Installation(self._installation_folder())
            self._place.start()
        else:
            self._place.heal()
        return self._place

    def _installation_folder(self) -> Path:
        return self._folder / str(self._count)


def main() -> None:
    """Serves until its input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    die_with_parent()
    worker = Worker(options.folder, quick=options.quick)
    try:
        for line in sys.stdin:
            outcome = worker.do(FAULTS[json.loads(line)])
            print(msgspec.json.encode(outcome).decode(), flush=True)
    finally:
        worker.stop()


if __name__ == "__main__":
    main()
