"""YAML to nodes that know where they stand. Built on the parser's events, so that what is allowed is decided here:
no duplicate keys, no merge keys, no bombs of aliases, one document, no tag but `!keep`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from watchbill.configuration.problems import Place, Problems, quoted

KEEP = "!keep"
MOST_BYTES = 16 * 1024 * 1024
MOST_NODES = 1_000_000
DEEPEST = 20

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class Scalar(Struct):
    """One value, as its text. `plain`: written without quotes. `keep`: it carries `!keep`."""

    text: str
    line: int
    column: int
    plain: bool = True
    keep: bool = False
    size: int = 1

    @property
    def empty(self) -> bool:
        """Nothing stands there, or YAML's null."""
        return self.plain and not self.keep and self.text in _NULLS


class Sequence(Struct):
    """A list. `size`: how many nodes it holds, itself among them."""

    items: "list[Node]"
    line: int
    column: int
    size: int = 1


class Mapping(Struct):
    """Keys with values, in order. `keys`: where each key stands."""

    values: "dict[str, Node]"
    keys: dict[str, Scalar]
    line: int
    column: int
    size: int = 1


Node = Scalar | Sequence | Mapping


class Document(Struct, frozen=True):
    """One file. `root` is None when it could not be read; the problems say why."""

    file: str
    root: Node | None


class _Stop(Exception):
    """The rest of the file cannot be read."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.line, self.column = line, column


def read_files(path: Path, problems: Problems) -> list[Document]:
    """The file, or every *.yaml and *.yml of the folder in the order of their names."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in (".yaml", ".yml") and file.is_file())
        if not files:
            problems.error(Place(str(path)), "There is no *.yaml or *.yml file in this folder.")
    else:
        files = [path]
    return [_read_file(file, problems) for file in files]


def _read_file(path: Path, problems: Problems) -> Document:
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as fault:
        problems.error(Place(str(path)), f"The file cannot be read: {fault.strerror}.")
        return Document(str(path), None)
    if size > MOST_BYTES:
        problems.error(
            Place(str(path)),
            f"The file has {size:,} bytes; {MOST_BYTES:,} are the most. Split it into several in one folder.",
        )
        return Document(str(path), None)
    return read_document(content, str(path), problems)


def read_document(content: bytes, file: str, problems: Problems) -> Document:
    """The nodes of one file. What cannot be read is among `problems`."""
    composer = _Composer()
    root: Node | None = None
    try:
        text = _decoded(content)
        try:
            root = composer.document(_events(text))
        except MarkedYAMLError:
            # The fast parser, where it is installed, tells less of what it stumbles over.
            composer = _Composer()
            root = composer.document(_events(text, pure=True))
        if isinstance(root, Scalar) and root.empty:
            root = None
            problems.error(Place(file), "The file is empty. Begin it with `watchbill: 1`.")
    except _Stop as stop:
        problems.error(Place(file, stop.line, stop.column), str(stop))
    except MarkedYAMLError as fault:
        problems.error(*_explained(fault, file))
    except YAMLError as fault:
        problems.error(Place(file), f"This is not YAML: {fault}")
    for fault_at in composer.faults:
        problems.error(Place(file, fault_at.line, fault_at.column), str(fault_at))
    return Document(file, root)


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise _Stop(line, 1, "The file is not UTF-8. Save it as UTF-8.") from None
    if odd := _CONTROL.search(text):
        line, column = text.count("\n", 0, odd.start()) + 1, odd.start() - text.rfind("\n", 0, odd.start())
        raise _Stop(line, column, f"The character U+{ord(odd[0]):04X} may not stand in a file.")
    return text


def _events(text: str, *, pure: bool = False) -> Iterator[Any]:
    events: Iterator[Any] = YAML(typ="safe", pure=pure).parse(text)
    return events


def _explained(fault: MarkedYAMLError, file: str) -> tuple[Place, str]:
    mark = fault.problem_mark or fault.context_mark
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    problem = str(fault.problem or fault.context or "it cannot be read").strip()
    if "'\\t'" in problem:
        return place, "A tab stands here. YAML is indented with spaces only."
    if "mapping values are not allowed" in problem:
        return place, "A second `: ` stands in one line. Put text that holds a colon into quotes."
    if "undefined alias" in problem:
        return place, f"{problem[0].upper()}{problem[1:]}."
    if "flow" in str(fault.context):
        hint = "Between { and } or [ and ], put text that holds one of these, ${NAME} too, into quotes."
        return place, f"A bracket does not close, or a comma is missing. {hint}"
    context = f" {fault.context.strip()}," if fault.context and fault.context_mark else ""
    return place, f"This is not YAML:{context} {problem}. Mind the indentation, the quotes and the brackets."


class _Composer:
    """Builds nodes out of events, with limits. `faults`: what will not do, but does not keep the rest from being read."""

    def __init__(self) -> None:
        self.faults: list[_Stop] = []
        self._events: Iterator[Any] = iter(())
        self._anchors: dict[str, Node | None] = {}
        self._nodes = 0

    def document(self, events: Iterator[Any]) -> Node:
        """The one document of the stream; an empty one is an empty scalar."""
        self._events = events
        root: Node | None = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    raise self._stop(event, "A second document begins here (`---`). Put it into a file of its own.")
            elif isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent):
                root = self._node(event, 0)
        return root if root is not None else Scalar("", 1, 1)

    def _node(self, event: Any, depth: int) -> Node:
        if depth > DEEPEST:
            raise self._stop(event, f"This is nested deeper than {DEEPEST} levels.")
        if isinstance(event, AliasEvent):
            return self._counted(self._alias(event), event)
        tag = event.tag
        if tag is not None and str(tag) not in (KEEP, "!"):
            self._fault(event, f"The tag {quoted(str(tag))} is not known here; {KEEP} is the only one.")
        if event.anchor:
            self._anchors[event.anchor] = None  # begun: an alias to it now would hold itself
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        node: Node
        if isinstance(event, ScalarEvent):
            node = Scalar(event.value, line, column, not event.style, str(tag) == KEEP)
        elif isinstance(event, SequenceStartEvent):
            node = self._sequence(Sequence([], line, column), depth)
        else:
            node = self._mapping(Mapping({}, {}, line, column), depth)
        if event.anchor:
            self._anchors[event.anchor] = node
        self._nodes += 1
        return self._counted(node, event, grown=0)

    def _sequence(self, node: Sequence, depth: int) -> Sequence:
        while not isinstance(event := next(self._events), SequenceEndEvent):
            item = self._node(event, depth + 1)
            node.items.append(item)
            node.size += item.size
        return node

    def _mapping(self, node: Mapping, depth: int) -> Mapping:
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise self._stop(event, "A key must be one word. Put text that begins with [ or { into quotes.")
            value = self._node(next(self._events), depth + 1)
            if key.text == "<<":
                self._fault(
                    event, "Merge keys (`<<`) are not supported. Write the keys out, or use an alias for a whole value."
                )
            elif key.text in node.values:
                first = node.keys[key.text]
                self._fault(event, f"The key `{key.text}` stands here twice, first in line {first.line}. Leave one.")
            else:
                node.values[key.text], node.keys[key.text] = value, key
            node.size += value.size + 1
        return node

    def _alias(self, event: Any) -> Node:
        if event.anchor not in self._anchors:
            raise self._stop(event, f"The alias *{event.anchor} has no anchor &{event.anchor} before it.")
        node = self._anchors[event.anchor]
        if node is None:
            raise self._stop(event, f"The alias *{event.anchor} stands inside of what it names.")
        return node

    def _counted(self, node: Node, event: Any, grown: int | None = None) -> Node:
        self._nodes += node.size if grown is None else grown
        if self._nodes > MOST_NODES:
            raise self._stop(event, f"The file holds more than {MOST_NODES:,} values, aliases counted each time.")
        return node

    def _fault(self, event: Any, message: str) -> None:
        self.faults.append(self._stop(event, message))

    def _stop(self, event: Any, message: str) -> _Stop:
        return _Stop(event.start_mark.line + 1, event.start_mark.column + 1, message)
