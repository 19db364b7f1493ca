"""What is wrong with a file, and where: collected, so that one run shows all of it."""

from collections.abc import Iterable
from difflib import get_close_matches

from msgspec import Struct
from msgspec.structs import replace

MOST_SHOWN = 20
LONGEST_QUOTE = 60
LONGEST_STEP = 200
_JOINERS = "\u200c\u200d\u00a0"  # not printable to Python, but parts of words and emoji that steer nothing


class Place(Struct, frozen=True):
    """Where something stands. `line`, `column`: the first is 1. `path`: the same in words, "users › ana › name"."""

    file: str
    line: int = 1
    column: int = 1
    path: str = ""

    def under(self, name: str) -> "Place":
        """The same place, one step deeper in words."""
        name = name if len(name) <= LONGEST_STEP else f"{name[:LONGEST_QUOTE]}…"
        return replace(self, path=f"{self.path} › {name}" if self.path else name)


class Problem(Struct, frozen=True):
    """One sentence or two about one place: a mistake, or a warning."""

    place: Place
    message: str

    def __str__(self) -> str:
        place = self.place
        path = f"{place.path}: " if place.path else ""
        return f"{place.file}:{place.line}:{place.column}: {path}{self.message}"


class BadFile(Exception):
    """The file cannot be used; nothing was changed. `problems`: in the order of the file, at least one."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=_in_order))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Collided(Exception):
    """Somebody else wrote at the same moment; nothing was written here. Trying again may help."""


class Refused(Exception):
    """A reader cannot use the value that it was given; the message says what would do."""


class Problems:
    """The mistakes and the warnings of one run."""

    def __init__(self) -> None:
        self.errors: list[Problem] = []
        self._warnings: list[Problem] = []
        self._guesses = 0

    def error(self, place: Place, message: str) -> None:
        """Nothing will be applied."""
        self.errors.append(_fit(place, message))

    def warn(self, place: Place, message: str) -> None:
        """It will be applied, but probably is not what was meant."""
        self._warnings.append(_fit(place, message))

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """In the order of the file."""
        return tuple(sorted(self._warnings, key=_in_order))

    def raise_if_any(self) -> None:
        """Raises BadFile when there are errors."""
        if self.errors:
            raise BadFile(self.errors)

    def did_you_mean(self, word: str, choices: Iterable[str]) -> str:
        """` Did you mean X?`, or nothing. Guesses are dear in a large file, so only the first are made."""
        self._guesses += 1
        return "" if self._guesses > 2 * MOST_SHOWN else did_you_mean(word, choices)


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """` Did you mean X?` for the nearest of `choices`, or nothing when none is near."""
    folded = {_telling(choice): choice for choice in choices}
    near = get_close_matches(_telling(word), folded, n=1, cutoff=0.6)
    return f" Did you mean {folded[near[0]]}?" if near else ""


def _telling(word: str) -> str:
    """What tells one choice from another: of an e-mail address what stands before the @, since the rest is shared."""
    return word.casefold().partition("@")[0] or word.casefold()


def quoted(text: str) -> str:
    """A value as a sentence names it: on one line and not too long."""
    line = text.encode("unicode_escape").decode() if not text.isprintable() else text
    return f"'{line}'" if len(line) <= LONGEST_QUOTE else f"'{line[:LONGEST_QUOTE]}…'"


def legible(text: str) -> str:
    """`text` on one line, without anything that steers a terminal or poses as other text."""
    if text.isprintable():
        return text
    line = " ⏎ ".join(part for part in text.splitlines() if part)
    return "".join(character if character.isprintable() or character in _JOINERS else "�" for character in line)


def with_article(title: str) -> str:
    """`a team`, `an integration`; what is several has none."""
    if title.endswith("s"):
        return title
    return f"{'an' if title[0] in 'aeiou' else 'a'} {title}"


def one_of(choices: Iterable[str]) -> str:
    """`a, b or c`."""
    *most, last = choices
    return f"{', '.join(most)} or {last}" if most else last


def _fit(place: Place, message: str) -> Problem:
    """Names and values come from a file that may be a stranger's; here all of them pass."""
    return Problem(replace(place, file=legible(place.file), path=legible(place.path)), legible(message))


def _in_order(problem: Problem) -> tuple[str, int, int]:
    return problem.place.file, problem.place.line, problem.place.column
