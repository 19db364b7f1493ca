"""Reads JSON more strictly than its libraries do: nothing that would be lost or refused further in gets past here.

msgspec decodes; it already refuses NaN, lone surrogates, wrong UTF-8 and raw control characters. It does not see
duplicate keys (the last one wins and data is lost), escaped NULs (PostgreSQL stores no such text) and deep nesting.
Those three cost little to rule out and are looked at closely only where they cannot be ruled out.
"""

import json
import re
from typing import Any, NoReturn

import msgspec

DEEPEST = 64
_WHITESPACE = b" \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_decode = msgspec.json.Decoder().decode


class NotTame(ValueError):
    """The text is no JSON that we take. The message is a sentence that says what is wrong and where."""


def read_json(body: bytes) -> Any:
    """Decodes one JSON value. Raises NotTame, and nothing else, whatever the bytes are."""
    if body[:3] == _BYTE_ORDER_MARK:
        body = body[3:]
    try:
        value = _decode(body)
    except (ValueError, RecursionError):
        _explain(body)
    # Every key of the text ends in a quote and a colon, so without white space there are at least as many `":` as
    # keys. If there are no more of them than keys arrived in our dicts, no key was written twice.
    if _keys(value, 1) != body.translate(None, _WHITESPACE).count(b'":'):
        _refuse_duplicates(body)
    if b"\\u0000" in body:
        _refuse_nul(value, "")
    return value


def _keys(value: Any, depth: int) -> int:
    """How many keys all objects in `value` have together. Raises NotTame where it nests too deeply."""
    kind = type(value)
    if kind is dict:
        count = len(value)
        value = value.values()
    elif kind is list:
        count = 0
    else:
        return 0
    if depth > DEEPEST:
        raise NotTame(f"The JSON is nested more than {DEEPEST} levels deep.")
    for part in value:
        kind = type(part)
        if kind is dict or kind is list:
            count += _keys(part, depth + 1)
    return count


def _refuse_nul(value: Any, where: str) -> None:
    """Called only after `_keys` has bounded the nesting."""
    if isinstance(value, str):
        if "\0" in value:
            raise NotTame(f"The text at {where or 'the top'} holds a NUL character (\\u0000), which cannot be stored.")
    elif isinstance(value, dict):
        for key, part in value.items():
            _refuse_nul(key, f"a key of {where or 'the top'}")
            _refuse_nul(part, f"{where}.{key}" if where else key)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            _refuse_nul(part, f"{where}[{index}]")


def _refuse_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise NotTame(f"The key {_shown(key)} appears twice in one object.")
            seen.add(key)
    return made


def _refuse_constant(name: str) -> NoReturn:
    raise NotTame(f"{name} is not a JSON number.")


_slow = json.JSONDecoder(object_pairs_hook=_refuse_duplicate_keys, parse_constant=_refuse_constant)


def _refuse_duplicates(body: bytes) -> None:
    try:
        _slow.decode(body.decode())
    except NotTame:
        raise
    except (ValueError, RecursionError) as mistake:
        raise NotTame(f"The body is not JSON: {mistake}.") from None


_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def _explain(body: bytes) -> NoReturn:
    """Says what is wrong with a body that msgspec refused. Slow, and better with words than msgspec."""
    if not body.strip(_WHITESPACE):
        raise NotTame("The body is empty.")
    try:
        text = body.decode()
    except UnicodeDecodeError as mistake:
        raise NotTame(f"The body is not UTF-8: byte {mistake.start + 1} cannot be read.") from None
    try:
        value = _slow.decode(text)
    except json.JSONDecodeError as mistake:
        said = mistake.msg[0].lower() + mistake.msg[1:]
        where = f"at line {mistake.lineno}, column {mistake.colno}"
        raise NotTame(f"The body is not JSON: {said.removesuffix(' at')} {where}.{_hint(text)}") from None
    except RecursionError:
        raise NotTame(f"The JSON is nested more than {DEEPEST} levels deep.") from None
    except NotTame:
        raise
    except ValueError:
        raise NotTame("A number in the JSON is too long.") from None
    try:
        surrogate = _LONE_SURROGATE.search(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        raise NotTame(f"The JSON is nested more than {DEEPEST} levels deep.") from None
    if surrogate:
        half = f"\\u{ord(surrogate.group()):04x}"
        raise NotTame(f"A text in the JSON holds half of a surrogate pair ({half}), which is no character.")
    raise NotTame("A number in the JSON is too large.")


def _hint(text: str) -> str:
    """Says what the two commonest mistakes are, where they show."""
    start = text.lstrip()[:2]
    if start == "{\\":
        return ' Its quotes are written \\", so something on the way (a shell, a configuration file) escaped them once too often.'
    if start[:1] not in ("{", "[", '"') and "=" in text:
        return " It looks like a form; send JSON."
    return ""


def _shown(key: str) -> str:
    return json.dumps(key if len(key) <= 60 else key[:60] + "…")
