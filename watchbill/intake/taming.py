"""Turns what senders write into what facts may hold. Nothing here fails: what does not fit is cut or read leniently, and noted.

The line that all formats draw: what a sender leaves out altogether is a mistake in its set-up, seen at the first test, and is
refused by name (by the format). What a template filled with nothing, a number or too much happens at night, and is tamed.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

LONGEST_SUMMARY = 1024
LONGEST_SOURCE = 1024
LONGEST_KEY = 255
LARGEST_BODY = 64 * 1024
MOST_NOTES = 20
_WORTH_CUTTING = 512
_LISTS = frozenset(("links", "images"))  # pages walk through these, so they stay lists
_NUMBER = re.compile(r"[0-9]{10,19}(\.[0-9]{1,9})?")
_encode = msgspec.json.Encoder().encode


def tame_text(value: Any) -> str:
    """Any JSON value as text: texts stay, null is empty, numbers and containers are written as JSON."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    return _encode(value).decode()


def tame_line(value: Any, name: str, longest: int, notes: list[str]) -> str:
    """One line of text for a person, at most `longest` characters. Empty where there is nothing but white space."""
    text = tame_text(value)
    if type(value) is not str and value is not None:
        notes.append(f"{name} was not a text; it was written as one.")
    if len(text) > longest:
        notes.append(f"{name} had {len(text)} characters; it was cut to {longest}.")
        text = text[: longest - 1] + "…"
    return text if text.strip() else ""


def tame_moment(value: Any, name: str, notes: list[str]) -> datetime | None:
    """Reads ISO 8601 in all its dialects, and seconds, milli-, micro- or nanoseconds since 1970. None where it cannot."""
    if value is None or value == "":
        return None
    try:
        if type(value) is str:
            moment = _from_text(value.strip())
        elif type(value) in (int, float):
            moment = _from_number(value)
        else:
            moment = None
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
            notes.append(f"{name} names no zone; it was read as UTC.")
        if moment is not None:
            moment = moment.astimezone(UTC)
            if moment.year >= 1970:
                return moment
    except (ValueError, OverflowError, OSError):
        pass
    notes.append(f'{name} "{tame_text(value)[:40]}" could not be read as a time.')
    return None


def _from_text(text: str) -> datetime:
    if _NUMBER.fullmatch(text):
        return _from_number(float(text))
    if text.endswith(" UTC"):
        text = text[:-4] + "Z"
    return datetime.fromisoformat(text.upper())


def _from_number(number: float) -> datetime:
    if number > 1e20:  # even in nanoseconds past the year 5000; infinity would never end below
        raise ValueError(number)
    while number > 1e11:  # past the year 5138 in seconds: a finer unit
        number /= 1000
    return datetime.fromtimestamp(number, UTC)


def tame_address(value: Any) -> str:
    """A web address, or nothing: pages show it as a link, so no other scheme gets past here."""
    if type(value) is str and value[:8].lower().startswith(("https://", "http://")):
        return value
    return ""


def tame_links(value: Any, address: str, texts: Sequence[str], name: str, notes: list[str]) -> list[dict[str, str]]:
    """The usable ones of Events v2 `links` (`address` is "href") or `images` ("src"), with those of `texts` that they have.

    Entries without an address are template leftovers and vanish unnoted; an address that is none of the web is noted.
    """
    if type(value) is not list:
        if value:
            notes.append(f"{name} was not a list; it was left out.")
        return []
    kept = []
    for entry in value:
        said = entry.get(address) if type(entry) is dict else entry
        target = tame_address(said)
        if target:
            link = {address: target}
            if type(entry) is dict:
                for text in texts:
                    words = entry.get(text)
                    if words and (text != "href" or tame_address(words)):
                        link[text] = tame_text(words)
            kept.append(link)
        elif said:
            notes.append(f'An entry of {name} is no web address and was left out: "{tame_text(said)[:40]}".')
    return kept


def tame_notes(notes: list[str]) -> tuple[str, ...]:
    """Bounds how much is said about one event."""
    if len(notes) > MOST_NOTES:
        return (*notes[:MOST_NOTES], f"{len(notes) - MOST_NOTES} more notes were left out.")
    return tuple(notes)


def pack(extras: dict[str, Any], notes: list[str]) -> msgspec.Raw:
    """Writes `extras` as one compact JSON object of at most LARGEST_BODY bytes, cutting the largest parts first."""
    packed = _encode(extras)
    if len(packed) <= LARGEST_BODY:
        return msgspec.Raw(packed)
    before = len(packed)
    details = extras.get("custom_details")
    if type(details) is dict:
        extras["custom_details"] = details = dict(details)
        _cut_largest(details, before - LARGEST_BODY)
        packed = _encode(extras)
    if len(packed) > LARGEST_BODY:
        _cut_largest(extras, len(packed) - LARGEST_BODY, least=0)
        packed = _encode(extras)
    notes.append(f"The details had {before} bytes; they were cut to {len(packed)}.")
    return msgspec.Raw(packed)


def _cut_largest(parts: dict[str, Any], excess: int, *, least: int = _WORTH_CUTTING) -> None:
    sizes = sorted(((len(_encode(part)), key) for key, part in parts.items()), reverse=True)
    for size, key in sizes:
        if excess <= 0 or size < least:
            return
        parts[key] = [] if key in _LISTS else f"(cut: {size} bytes)"
        excess -= size - len(_encode(parts[key]))


def hash_labels(labels: Mapping[str, Any]) -> str:
    """A key of 64 hex digits for a set of labels, whatever their order."""
    return hashlib.sha256(_encode(sorted((key, tame_text(value)) for key, value in labels.items()))).hexdigest()
