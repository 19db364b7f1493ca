"""Breaks everything that can break in a running Watchbill, and tells whether anything was lost or told twice."""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.fakes.ticking import every
from tests.faults.catalogue import FAULTS, runnable
from tests.faults.crew import Crew
from tests.faults.fault import Outcome
from tests.faults.report import print_failure, print_table, report, write_json

INTERRUPTED = 130  # what a shell says of a program that Ctrl-C has ended
WIDE = 130  # columns, where nobody says how many there are


def main() -> int:
    """The exit status: 1 when anything was wrong."""
    options = _options()
    if options.list:
        for fault in FAULTS.values():
            print(f"{fault.name:20} {fault.title}")
        return 0
    faults = [FAULTS[name] for name in options.fault or FAULTS]
    missing = [fault for fault in faults if not runnable(fault)]
    faults = [fault for fault in faults if runnable(fault)]
    said = Console(stderr=True)
    for fault in missing:
        said.print(f"left out: {fault.name} needs the durable spool, which this Watchbill does not have")
    times = options.times or (1 if options.quick else 5)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="watchbill-faults-"))
    crew = Crew(faults * times, folder, jobs=options.jobs, quick=options.quick)
    try:
        _work(crew, len(faults) * times, options.jobs, said)
    except KeyboardInterrupt:
        said.print(f"stopped; logs: {folder}")
        return INTERRUPTED
    told = report(faults, crew.outcomes, seconds=time.monotonic() - began)
    if options.json:
        write_json(told, options.json)
    print_table(told, Console(width=None if sys.stdout.isatty() else WIDE))
    good = len(crew.outcomes) == len(faults) * times and all(outcome.passed for outcome in crew.outcomes)
    if good:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if good else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--fault", nargs="+", metavar="NAME", choices=list(FAULTS), help="only these (see --list)")
    parser.add_argument("--times", type=int, help="runs of each fault; 5, with --quick 1")
    parser.add_argument("--jobs", type=int, default=4, help="installations side by side; 4")
    parser.add_argument("--quick", action="store_true", help="long faults last 10 s instead of a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--list", action="store_true", help="name the faults and stop")
    return parser.parse_args()


def _work(crew: Crew, count: int, jobs: int, console: Console) -> None:
    columns = (
        TextColumn("faults"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        TextColumn("{task.fields[now]}", style="dim"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("faults", total=count, left="", now="")

        def look() -> None:
            names = sorted(fault.name for fault, _ in tuple(crew.working.values()))
            progress.update(task, left=_minutes(crew, jobs), now=", ".join(names))

        def told(outcome: Outcome) -> None:
            progress.advance(task)
            if not console.is_terminal:
                verdict = "passed" if outcome.passed else "FAILED"
                console.print(f"{len(crew.outcomes)}/{count} {outcome.fault} {verdict}, {_minutes(crew, jobs)}")
            if not outcome.passed:
                print_failure(outcome, progress.console)

        with every(1.0, look):
            crew.work(told)


def _minutes(crew: Crew, jobs: int) -> str:
    minutes, seconds = divmod(int(crew.left / jobs), 60)
    return f"about {minutes}:{seconds:02} left"


if __name__ == "__main__":
    sys.exit(main())
