"""What somebody asks for: a file that was read, with what it is held against. Knows no database."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from watchbill.channels.contract import Channel
from watchbill.configuration.advice import advise
from watchbill.configuration.document import Document, read_document, read_files
from watchbill.configuration.ground import Ground
from watchbill.configuration.parse import parse
from watchbill.configuration.problems import BadFile, Problem, Problems
from watchbill.configuration.settle import settle
from watchbill.configuration.state import nothing_stored
from watchbill.configuration.wanted import Wish


class Request(Struct, frozen=True):
    """A file to plan or to apply. `environ`: where `${NAME}` is taken from. `prune`: what it does not mention goes.
    `permissive`: the channels of a node that allows every address that a node can allow."""

    documents: tuple[Document, ...]
    read_problems: tuple[Problem, ...]
    environ: Mapping[str, str]
    channels: Mapping[str, Channel]
    prune: bool = False
    permissive: Callable[[], Mapping[str, Channel]] = dict

    @property
    def file(self) -> str:
        """The first file, for what stands in none."""
        return self.documents[0].file if self.documents else ""


def request(
    path: Path | bytes,
    environ: Mapping[str, str],
    channels: Mapping[str, Channel],
    *,
    prune: bool = False,
    permissive: Callable[[], Mapping[str, Channel]] = dict,
) -> Request:
    """Reads a file, a folder, or the bytes of one file. Raises nothing: what is wrong is told with the plan."""
    problems = Problems()
    documents = read_files(path, problems) if isinstance(path, Path) else [read_document(path, "-", problems)]
    return Request(tuple(documents), tuple(problems.errors), environ, channels, prune, permissive)


def check(asked: Request, now: datetime) -> tuple[Problem, ...]:
    """Validates without a database, and answers the warnings. Raises BadFile."""
    problems, wish = wish_of(asked)
    ground = Ground(nothing_stored(now), asked.channels, problems, permissive=asked.permissive, file=asked.file)
    settled = settle(ground, wish, prune=False)
    problems.raise_if_any()
    advise(wish, settled.desired, problems)
    return problems.warnings


def wish_of(asked: Request) -> tuple[Problems, Wish]:
    """What the file asks for, and what is wrong with it so far. Raises BadFile when it cannot even be read."""
    problems = Problems()
    problems.errors.extend(asked.read_problems)
    wish = parse(asked.documents, asked.environ, problems)
    if any(document.root is None for document in asked.documents):
        raise BadFile(problems.errors)  # what refers to the unread part would only be told as missing
    return problems, wish
