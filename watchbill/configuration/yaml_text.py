"""Text as one YAML scalar: plain where every reader takes it as that text, else in double quotes."""

import re

_PLAIN = re.compile(r"[^\W\d_][\w ./@+-]*\Z")
# Words that some reader of YAML takes for something else.
_TAKEN = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"])
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def scalar(text: str) -> str:
    """The text, quoted where it must be."""
    if _PLAIN.match(text) and text == text.strip() and text.casefold() not in _TAKEN:
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
