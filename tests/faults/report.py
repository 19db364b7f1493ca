"""What all runs have shown: a table for people, JSON for the proof."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.faults.fault import Fault, Outcome

COUNTED = ("passed", "accepted", "told", "lost", "doubles", "unexplained", "unknown", "503", "spooled")


class Line(Struct):
    """One fault over all its runs. Recovery is in seconds, from the moment at which all should have been well."""

    name: str
    title: str
    runs: int
    passed: int
    accepted: int
    told: int
    lost: int
    duplicates: int
    unexplained_duplicates: int
    unknown: int
    refused: int
    spooled: int
    worst_recovery_s: float
    worst_recovery_bar_s: float
    seconds: float
    figures: dict[str, float]
    failures: list[str]


class Report(Struct):
    """The whole of it. `seconds`: by the clock on the wall."""

    faults: list[Line]
    seconds: float
    cores: int


def report(faults: Sequence[Fault], outcomes: Sequence[Outcome], *, seconds: float) -> Report:
    """Sums the runs up, fault by fault."""
    lines = [_line(fault, [one for one in outcomes if one.fault == fault.name]) for fault in faults]
    return Report([line for line in lines if line.runs], round(seconds, 1), os.cpu_count() or 1)


def _line(fault: Fault, runs: Sequence[Outcome]) -> Line:
    figures: dict[str, float] = {}
    for run in runs:
        for name, figure in run.figures.items():
            figures[name] = round(max(figure, figures.get(name, figure)), 2)
    return Line(
        name=fault.name,
        title=fault.title,
        runs=len(runs),
        passed=sum(run.passed for run in runs),
        accepted=sum(run.accepted for run in runs),
        told=sum(run.told for run in runs),
        lost=sum(run.lost for run in runs),
        duplicates=sum(run.duplicates for run in runs),
        unexplained_duplicates=sum(run.unexplained for run in runs),
        unknown=sum(run.unknown for run in runs),
        refused=sum(run.refused for run in runs),
        spooled=sum(run.spooled for run in runs),
        worst_recovery_s=round(max((run.recovery for run in runs), default=0.0), 2),
        worst_recovery_bar_s=fault.bar,
        seconds=round(sum(run.seconds for run in runs), 1),
        figures=figures,
        failures=[f"{failure} (logs: {run.logs})" for run in runs for failure in run.failures],
    )


def write_json(told: Report, path: Path) -> None:
    """The whole report in one file."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")


def print_table(told: Report, console: Console) -> None:
    """One line for each fault, then what they come to."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("fault", no_wrap=True)
    for name in (*COUNTED, "recovery", "bar"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in told.faults:
        counts = (line.accepted, line.told, line.lost, line.duplicates, line.unexplained_duplicates, line.unknown)
        style = "red" if line.passed < line.runs else None
        cells = [line.name, f"{line.passed}/{line.runs}", *map(str, counts), str(line.refused), str(line.spooled)]
        table.add_row(*cells, f"{line.worst_recovery_s:.1f} s", f"{line.worst_recovery_bar_s:.0f} s", style=style)
    console.print(table)
    console.print(summary(told))


def summary(told: Report) -> str:
    """One sentence."""
    runs, passed = sum(line.runs for line in told.faults), sum(line.passed for line in told.faults)
    accepted, lost = sum(line.accepted for line in told.faults), sum(line.lost for line in told.faults)
    doubles = sum(line.unexplained_duplicates for line in told.faults)
    return (
        f"{passed} of {runs} runs passed: {accepted} events accepted, {lost} lost, {doubles} messages told twice without "
        f"a reason, in {told.seconds:.0f} s on {told.cores} cores."
    )


def print_failure(outcome: Outcome, console: Console) -> None:
    """What was wrong, where to look, and how to do it again."""
    console.print(f"[red]failed[/] {outcome.fault}")
    for failure in outcome.failures:
        console.print(f"  {escape(failure)}", soft_wrap=True)
    console.print(f"  logs:  {outcome.logs}", soft_wrap=True)
    console.print(f"  again: make faults ARGS='--fault {outcome.fault} --times 1'", soft_wrap=True)
