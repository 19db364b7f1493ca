"""Nodes to what is wanted, by the table in keys.py. Mistakes are collected; what is good is read on."""

import re
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence as AnySequence
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from watchbill.configuration import words
from watchbill.configuration.document import Document, Mapping, Node, Scalar, Sequence
from watchbill.configuration.keys import TOP
from watchbill.configuration.problems import Place, Problems, Refused, one_of, quoted, with_article
from watchbill.configuration.shapes import Grouping, Key, Listed, Sealed, Several, Shape, Text, Texts
from watchbill.configuration.texts import STARTS
from watchbill.configuration.wanted import WantedRef, WantedSetting, Wish

FAR = datetime(9999, 1, 1, tzinfo=UTC)
# Stands for a value that could not be read; a problem tells of it.
_BAD: Any = object()
_JOINED = re.compile(r"[a-z_]+:(?!//| )")  # a key whose value follows without a blank


def parse(documents: AnySequence[Document], environ: AnyMapping[str, str], problems: Problems) -> Wish:
    """Everything that the files ask for. `environ`: where `${NAME}` is taken from."""
    reader = _Reader(environ, problems)
    wish = Wish()
    for document in documents:
        if document.root is not None:
            reader.file(document.root, Place(document.file), wish)
    return wish


class _Reader:
    def __init__(self, environ: AnyMapping[str, str], problems: Problems) -> None:
        self._environ = environ
        self._problems = problems

    def file(self, root: Node, file: Place, wish: Wish) -> None:
        """Reads one file into `wish`."""
        at = _at(root, file)
        if not isinstance(root, Mapping):
            self._problems.error(
                at, f"A file must be keys and values, beginning with `watchbill: 1`, but is {_told(root)}."
            )
            return
        if "watchbill" not in root.values:
            self._problems.error(at, "`watchbill: 1` is missing. Every file begins with it.")
        self._refuse_unknown(root, file, TOP)
        for key in TOP:
            if key.name not in root.values:
                continue
            value = self._value(root.values[key.name], key, file)
            if key.name != "watchbill" and value is not _BAD:
                setattr(wish, key.name, (*(getattr(wish, key.name) or ()), *value))

    def _value(self, node: Node, key: Key, above: Place) -> Any:
        place = _at(node, above.under(key.name))
        match key.reads:
            case Text() as text:
                return self._text(node, text, place)
            case Texts(each=each):
                refs = [
                    (self._text(item, each, _at(item, place)), _at(item, place)) for item in self._items(node, place)
                ]
                return tuple(WantedRef(name, at) for name, at in refs if name is not _BAD)
            case Several(each=each, gather=gather):
                values = [self._text(item, each, _at(item, place)) for item in self._items(node, place)]
                return _BAD if any(value is _BAD for value in values) else gather(values)
            case Sealed() as sealed:
                return self._sealed(node, sealed, place)
            case Listed(shape=shape):
                return self._shapes(node, shape, place)
            case Shape() as shape:
                return self._shape(node, shape, place)
            case Grouping(words=choice, window=window):
                return self._grouping(node, choice, window, place)

    def _text(self, node: Node, text: Text, place: Place) -> Any:
        if not isinstance(node, Scalar):
            self._problems.error(place, f"It must be {text.allowed}, but is {_told(node)}.")
            return _BAD
        if node.keep:
            self._problems.error(place, f"`!keep` stands for stored secrets only. It must be {text.allowed}.")
            return _BAD
        if node.empty and text.null is None:
            self._problems.error(place, f"Nothing stands here. It must be {text.allowed}.")
            return _BAD
        value = text.null if node.empty and text.null is not None else node.text
        try:
            return text.read(words.fill_in(value, self._environ) if text.filled_in else value)
        except Refused as refused:
            self._problems.error(place, str(refused))
            return _BAD

    def _sealed(self, node: Node, sealed: Sealed, place: Place) -> Any:
        if isinstance(node, Scalar) and (node.keep or node.empty or not node.text):
            return WantedSetting("", place, node.keep)
        value = self._text(node, Text(sealed.allowed, sealed.read, filled_in=True), place)
        return _BAD if value is _BAD else WantedSetting(value, place)

    def _items(self, node: Node, place: Place) -> list[Node]:
        if isinstance(node, Sequence):
            return node.items
        if not (isinstance(node, Scalar) and node.empty):  # `teams:` with nothing under it is an empty list
            self._problems.error(place, f"It must be a list, each entry behind a dash, but is {_told(node)}.")
        return []

    def _shapes(self, node: Node, shape: Shape, place: Place) -> tuple[Any, ...]:
        read = []
        for number, item in enumerate(self._items(node, place), start=1):
            value = self._shape(item, shape, _at(item, place.under(_name_of(item, shape) or f"#{number}")))
            if value is not _BAD:
                read.append(value)
        return tuple(read)

    def _shape(self, node: Node, shape: Shape, place: Place) -> Any:
        if shape.short and isinstance(node, Scalar) and not node.empty:
            node = Mapping({shape.short: node}, {shape.short: node}, node.line, node.column)
        if not isinstance(node, Mapping):
            names = one_of(f"`{key.name}`" for key in shape.keys if key.name != "was")
            self._problems.error(
                place,
                f"{with_article(shape.title).capitalize()} must be keys and values ({names}), but is {_told(node)}.",
            )
            return _BAD
        if not shape.settings:
            self._refuse_unknown(node, place, shape.keys)
        fields: dict[str, Any] = {}
        places: dict[str, Place] = {}
        complete, doubtful = True, False
        for key in shape.keys:
            if key.name in node.values:
                value = self._value(node.values[key.name], key, place)
                places[key.name] = _at(node.values[key.name], place.under(key.name))
                if value is not _BAD:
                    fields[key.name] = value
                    continue
            elif key.required:
                self._problems.error(place, f"`{key.name}` is missing. {key.help}")
            else:
                continue
            doubtful = doubtful or key.name in (shape.known_by, "was", "starts")
            if key.required and (stand_in := _stand_in(node, key, shape)) is not None:
                fields[key.name] = stand_in
            else:
                complete = complete and not key.required
        if shape.settings:
            fields["settings"] = self._settings(node, shape, place)
        if complete:
            return shape.make(at=place, places=places, doubtful=doubtful, **fields)
        return _BAD

    def _settings(self, node: Mapping, shape: Shape, place: Place) -> dict[str, WantedSetting]:
        """What stands beside the known keys of a contact method. The channel says later what it takes."""
        known = {key.name for key in shape.keys}
        settings = {}
        for name, value in node.values.items():
            if name in known:
                continue
            at = _at(value, place.under(name))
            if not isinstance(value, Scalar):
                self._problems.error(at, f"A setting must be one text, but is {_told(value)}.")
                settings[name] = WantedSetting("", at, bad=True)
                continue
            try:
                text = "" if value.empty else words.fill_in(words.read_text(value.text), self._environ)
            except Refused as refused:
                self._problems.error(at, str(refused))
                settings[name] = WantedSetting("", at, bad=True)
                continue
            settings[name] = WantedSetting(text, at, value.keep, value.text)
        return settings

    def _grouping(self, node: Node, choice: Text, window: Text, place: Place) -> Any:
        if not isinstance(node, Mapping):
            if isinstance(node, Scalar) and words.looks_like_duration(node.text):
                self._problems.error(
                    place, f"{quoted(node.text)} is not off or open. Did you mean {{window: {node.text}}}?"
                )
                return _BAD
            return self._text(node, replace(choice, allowed="off, open or {window: 10m}"), place)
        keys = (Key("window", window, "How long an incident gathers alerts."),)
        self._refuse_unknown(node, place, keys)
        if "window" not in node.values:
            self._problems.error(place, "`window` is missing. Write {window: 10m}.")
            return _BAD
        seconds = self._value(node.values["window"], keys[0], place)
        if seconds == 0:
            self._problems.error(
                _at(node.values["window"], place.under("window")),
                "It must be longer than nothing. Write off for no grouping.",
            )
            return _BAD
        return seconds

    def _refuse_unknown(self, node: Mapping, place: Place, keys: tuple[Key, ...]) -> None:
        known = [key.name for key in keys]
        for name, key in node.keys.items():
            if name not in known:
                near = self._problems.did_you_mean(name, known)
                listed = f" Known here: {', '.join(known)}."
                self._problems.error(_at(key, place), f"The key {quoted(name)} is not known here.{near or listed}")


def _at(node: Node, place: Place) -> Place:
    return replace(place, line=node.line, column=node.column)


def _stand_in(node: Mapping, key: Key, shape: Shape) -> Any:
    """Something in place of what a thing is known by, where that could not be read; None where nothing serves."""
    if key.reads is STARTS:
        return FAR
    if key.name != shape.known_by or shape.short:  # what is short only refers to another thing
        return None
    value = node.values.get(key.name)
    return (value.text if isinstance(value, Scalar) else "") or f"#{node.line}:{node.column}"


def _name_of(node: Node, shape: Shape) -> str:
    if isinstance(node, Mapping):
        node = node.values.get(shape.known_by or shape.short, node)
    return node.text if isinstance(node, Scalar) else ""


def _told(node: Node) -> str:
    if isinstance(node, Mapping):
        return "a mapping of keys and values"
    if isinstance(node, Sequence):
        return "a list"
    if node.empty:
        return "empty"
    return f"the text {quoted(node.text)}" + (". Put a blank behind the colon" if _JOINED.match(node.text) else "")
