"""Lines of YAML: pairs, and lists of entries of several lines."""

from collections.abc import Iterable, Iterator

from watchbill.configuration.yaml_text import scalar

Lines = Iterator[str]


def dashed(lines: Lines) -> Lines:
    """An entry of a list."""
    for number, line in enumerate(lines):
        yield f"{'  ' if number else '- '}{line}"


def listed(key: str, entries: Iterable[Lines]) -> Lines:
    """A key with a list."""
    lines = [line for entry in entries for line in dashed(entry)]
    yield f"{key}:" if lines else f"{key}: []"
    yield from (f"  {line}" for line in lines)


def pair(key: str, text: str) -> str:
    """A key with a text."""
    return f"{key}: {scalar(text)}"
