"""Finds the key that a request carries and what it opens. Keys are known by their SHA-256 only."""

import base64
import binascii
import hashlib
from functools import lru_cache

from watchbill.engine.directory import Directory, Integration

LONGEST_CREDENTIAL = 256


@lru_cache(maxsize=4096)
def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def find_integration(directory: Directory, key: str) -> Integration | None:
    """What `key` opens, whatever the wire: an integration's `kind` says what it was made for, not what it may carry."""
    if len(key) > LONGEST_CREDENTIAL:  # never ours, and the cache holds no long ones
        return None
    return directory.integrations.get(_hash(key))


def key_of_authorization(header: bytes) -> str:
    """The key in `Bearer <key>` or in the password of `Basic <base64>`; empty where there is none."""
    scheme, _, rest = header.strip().partition(b" ")
    scheme = scheme.lower()
    rest = rest.strip()
    if scheme == b"bearer":
        return rest.decode("latin-1")
    if scheme == b"basic":
        try:
            pair = base64.b64decode(rest, validate=True)
        except (binascii.Error, ValueError):
            return ""
        return pair.partition(b":")[2].decode("utf-8", "replace").strip()
    return ""
