"""A measured figure, the bar that it is held against, and how both are shown."""

import sys
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table


class Bar(Struct, frozen=True):
    """What a figure should come to: at least or at most `limit`."""

    limit: float
    at_least: bool = False

    def holds(self, value: float) -> bool:
        """Whether `value` meets the bar."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:g}"


def at_least(limit: float) -> Bar:
    """More is better."""
    return Bar(limit, at_least=True)


def at_most(limit: float) -> Bar:
    """Less is better."""
    return Bar(limit)


class Figure(Struct, frozen=True):
    """One line of a report. `bar`: None where the figure only explains others."""

    name: str
    value: float
    unit: str
    bar: Bar | None = None
    detail: str = ""

    @property
    def ok(self) -> bool | None:
        """Whether the bar is met, None without one."""
        return None if self.bar is None else self.bar.holds(self.value)


class Line(Struct, frozen=True):
    """A figure as it is printed with --json."""

    name: str
    value: float
    unit: str
    bar: str | None
    ok: bool | None
    detail: str


def as_line(figure: Figure) -> Line:
    """What is printed of a figure; the bar in words, for example "<= 10"."""
    bar = None if figure.bar is None else str(figure.bar)
    return Line(figure.name, float(f"{figure.value:.4g}"), figure.unit, bar, figure.ok, figure.detail)


def print_json(line: Line) -> None:
    """One JSON object on a line, at once."""
    print(msgspec.json.encode(line).decode(), flush=True)


def print_table(lines: Sequence[Line]) -> None:
    """All lines as one table for people."""
    table = Table(title="What it costs", title_justify="left", pad_edge=False)
    for name, justify in (("figure", "left"), ("value", "right"), ("unit", "left"), ("bar", "right"), ("", "left")):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]  # rich wants its Literal
    table.add_column("detail", overflow="fold", style="dim")
    for line in lines:
        verdict = {True: "[green]met[/]", False: "[red]MISSED[/]", None: ""}[line.ok]
        table.add_row(line.name, f"{line.value:,.4g}", line.unit, line.bar or "", verdict, line.detail)
    Console(width=None if sys.stdout.isatty() else 170).print(table)


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed; the largest for a share near 1 of few."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def decode(line: str) -> Line:
    """The opposite of `print_json`."""
    decoded: Any = msgspec.json.decode(line, type=Line)
    return decoded  # type: ignore[no-any-return]  # msgspec says Any
