"""What commands print: text for people through rich, JSON for scripts. Long lines are left to the terminal, so that
what is copied from it is whole."""

import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO, cast

import msgspec
from rich.console import Console
from rich.text import Text

_BLANKS = re.compile(r" +$", re.MULTILINE)


def terminal(stream: TextIO | None = None, *, width: int | None = None) -> Console:
    """Prints texts as they are; in colour on a terminal, unless NO_COLOR is set."""
    file = stream or sys.stdout
    if not file.isatty():
        file = cast(TextIO, _Trimmed(file))
    return Console(file=file, width=width, highlight=False, markup=False, emoji=False, soft_wrap=True)


class _Trimmed:
    """A stream of whole lines, without the blanks with which tables fill theirs up: a file or a script has no edge."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = stream.encoding

    def write(self, text: str) -> int:
        """Writes lines."""
        self._stream.write(_BLANKS.sub("", text))
        return len(text)

    def flush(self) -> None:
        """Writes them out."""
        self._stream.flush()

    def isatty(self) -> bool:
        """No."""
        return False


def show(console: Console, lines: Iterable[Text]) -> None:
    """Prints line by line."""
    for line in lines:
        console.print(line)


def show_json(told: Any) -> None:
    """One JSON document, indented, with nothing around it."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n")
