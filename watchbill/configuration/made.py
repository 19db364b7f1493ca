"""A key that was made while a file was applied."""

from msgspec import Struct


class NewKey(Struct, frozen=True):
    """An integration key that was just made. It is told once, and never stored."""

    service: str
    integration: str
    kind: str
    key: str
