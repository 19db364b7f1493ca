"""An exception to a tool says why."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

from tests.architecture.rule import Finding, Rule
from tests.architecture.source import Source

EXCUSE = re.compile(
    r"#\s*(?P<what>type:\s*ignore(\[[^\]]*\])?|noqa(:\s*[A-Z]+[0-9]+([,\s]+[A-Z]+[0-9]+)*)?"
    r"|pragma:\s*no cover|pyright:\s*ignore(\[[^\]]*\])?)(?P<rest>.*)"
)
A_WORD = re.compile(r"[^\W\d_]{2,}")


def unexplained_excuses(source: Source) -> Iterator[Finding]:
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type != tokenize.COMMENT:
            continue
        excuse = EXCUSE.search(token.string)
        if excuse and len(A_WORD.findall(excuse["rest"])) < 3:
            yield token.start[0], f"'# {excuse['what']}' does not say why"


EXCUSES_EXPLAINED = Rule(
    name="A bare `type: ignore` or `noqa` is refused",
    why="the next reader cannot tell a considered exception from a shrug",
    instead="say it behind: `# type: ignore[misc]  # the stub forgets that this may be None`",
    applies_to=lambda source: True,
    find=unexplained_excuses,
    example_path="watchbill/people/models.py",
    bad=(
        "x = f()  # type: ignore",
        "x = f()  # type: ignore[misc]",
        "x = f()  # type: ignore[misc]  # mypy",
        "x = f()  # noqa",
        "x = f()  # noqa: S608",
        "x = f()  # noqa: S608, E501",
        "def f(): ...  # pragma: no cover",
    ),
    good=(
        "x = f()  # type: ignore[misc]  # the stub forgets that this may be None",
        "x = f()  # noqa: S608 - the table's name is our own constant",
        "x = '# type: ignore'",
        "x = f()  # types are ignored by this parser",
    ),
)
