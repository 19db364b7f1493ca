"""What commands print: text for people through rich, JSON for scripts. Long lines are left to the terminal, so that
what is copied from it is whole."""

import sys
from collections.abc import Iterable
from typing import Any, TextIO

import msgspec
from rich.console import Console
from rich.text import Text


def terminal(stream: TextIO | None = None, *, width: int | None = None) -> Console:
    """Prints texts as they are; in colour on a terminal, unless NO_COLOR is set."""
    return Console(file=stream or sys.stdout, width=width, highlight=False, markup=False, emoji=False, soft_wrap=True)


def show(console: Console, lines: Iterable[Text]) -> None:
    """Prints line by line."""
    for line in lines:
        console.print(line)


def show_json(told: Any) -> None:
    """One JSON document, indented, with nothing around it."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n")
