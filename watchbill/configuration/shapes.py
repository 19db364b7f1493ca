"""What the table of keys is made of: how a value is read, and the shape of a mapping."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from watchbill.configuration.wanted import Wanted


class Text(Struct, frozen=True):
    """A value that is one piece of text. `read` raises Refused. `filled_in`: `${NAME}` counts. `hidden`: never told.
    `null`: what an empty value means, or None where it will not do."""

    allowed: str
    read: Callable[[str], Any]
    filled_in: bool = False
    hidden: bool = False
    null: str | None = None


class Texts(Struct, frozen=True):
    """A list of names of things that are described elsewhere."""

    allowed: str
    each: Text


class Several(Struct, frozen=True):
    """A list of pieces of text. `gather`: makes one value of what was read."""

    each: Text
    gather: Callable[[list[Any]], Any] = tuple


class Sealed(Struct, frozen=True):
    """A secret. `read` raises Refused, without the text. An empty value takes it away."""

    allowed: str
    read: Callable[[str], str]


class Listed(Struct, frozen=True):
    """A list of one shape."""

    shape: "Shape"


class Grouping(Struct, frozen=True):
    """A word, or a mapping of `window` to a duration."""

    words: Text
    window: Text


class Key(Struct, frozen=True):
    """One key. `default`: what something new has when the key is left out."""

    name: str
    reads: "Reads"
    help: str
    required: bool = False
    default: str = ""


class Shape(Struct, frozen=True):
    """A mapping with known keys. `known_by`: the key that names it in messages. `short`: the key for which a bare word
    stands. `settings`: other keys belong to a channel."""

    title: str
    make: type[Wanted]
    keys: tuple[Key, ...]
    known_by: str = ""
    short: str = ""
    settings: bool = False


Reads = Text | Texts | Several | Sealed | Listed | Shape | Grouping
