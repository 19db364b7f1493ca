"""A page of the guide as something to run: files that it shows, commands that it runs, and what it says they answer."""

import re

from msgspec import Struct

_FENCE = re.compile(r"^```(yaml|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ELLIPSIS = "…"


class File(Struct, frozen=True):
    """A file that the reader is told to write."""

    text: str


class Command(Struct, frozen=True):
    """A command, without `$ `, and the lines that are said to come of it."""

    words: str
    answers: tuple[str, ...]


Step = File | Command


def steps_of(text: str) -> list[Step]:
    """What the page does, in its order."""
    steps: list[Step] = []
    for kind, block in _FENCE.findall(text):
        if kind == "yaml":
            steps.append(File(block))
            continue
        for piece in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *answers = piece.rstrip("\n").split("\n")
            steps.append(Command(command, tuple(line for line in answers if line.strip())))
    return steps


def missing(answers: tuple[str, ...], told: str) -> str:
    """The first line that the page says and the command does not, in order; empty when it says them all. A line of `…`
    stands for any number of lines, and `…` within a line for anything. Blanks count as one."""
    lines = [" ".join(line.split()) for line in told.splitlines() if line.strip()]
    at, loose = 0, False
    for wanted in answers:
        pattern = " ".join(wanted.split())
        if pattern == ELLIPSIS:
            loose = True
            continue
        expression = re.compile(".*".join(map(re.escape, pattern.split(ELLIPSIS))))
        found = next((place for place in range(at, len(lines)) if expression.fullmatch(lines[place])), None)
        if found is None or (found > at and not loose):
            return wanted
        at, loose = found + 1, False
    return "" if loose or at == len(lines) else f"(and then:) {lines[at]}"
