"""Secrets at rest: what must be read again is sealed, what must only be recognised is hashed."""

import base64
import hashlib
import os
import secrets
from pathlib import Path
from typing import Any

import psycopg
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from watchbill.settings import BadSetting, Settings

SEALED = "$sealed"


class Seal:
    """Seals with the newest key and opens with any. `keys`: at least one, newest first."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        if not keys:
            raise BadSetting("secret_key is empty. Give one of at least 32 characters.")
        self.keys = keys
        self._fernet = MultiFernet([Fernet(_fernet_key(key)) for key in keys])

    def seal(self, plain: str) -> dict[str, str]:
        """The sealed form of a secret, as it is stored among other settings."""
        return {SEALED: self._fernet.encrypt(plain.encode()).decode()}

    def open(self, settings: dict[str, Any]) -> dict[str, Any]:
        """The settings with every sealed value opened. Raises BadSetting when no key fits."""
        try:
            return {
                name: self._fernet.decrypt(value[SEALED]).decode() if is_sealed(value) else value
                for name, value in settings.items()
            }
        except (InvalidToken, TypeError, AttributeError):  # another key's, or not what we have written
            raise BadSetting(
                "A stored secret cannot be opened with secret_key. Put the key that sealed it back, after the new one."
            ) from None


def is_sealed(value: object) -> bool:
    """Whether a stored setting is a sealed secret."""
    return isinstance(value, dict) and SEALED in value


def keys_of(settings: Settings, *, make: bool = True) -> tuple[str, ...]:
    """The secret keys, newest first: the setting, else the file in the data folder, which is made when missing.

    `make`: whether a missing file is made. Raises BadSetting when it is missing and must not be.
    """
    if settings.secret_key:
        return tuple(key.strip() for key in settings.secret_key.split(",") if key.strip())
    path = settings.data_dir / "secret.key"
    try:
        return tuple(line for line in path.read_text().split() if line)
    except FileNotFoundError:
        if make:
            return (_make_key(path),)
        raise BadSetting(
            f"There is no secret key: neither secret_key is set nor is there {path}. Give the one that the nodes of this "
            "database have (WATCHBILL_SECRET_KEY, or --data-dir of a node)."
        ) from None


def agree(url: str, keys: tuple[str, ...]) -> None:
    """Sees to it that all nodes of a database share their keys; the first one to come decides. `url`: libpq URL.

    Raises BadSetting when the database knows another key than these.
    """
    prints = [_fingerprint(key) for key in keys]
    with psycopg.connect(url) as link:
        row = link.execute("SELECT key_fingerprint FROM configuration FOR UPDATE").fetchone()
        known = row[0] if row is not None else ""
        if known and known not in prints:
            raise BadSetting(
                "secret_key is not the one that this database's nodes have; links and sealed secrets would not be "
                "understood. Give the same key, or put the new key first and the old one after it."
            )
        if known != prints[0]:
            link.execute("UPDATE configuration SET key_fingerprint = %s", [prints[0]])


def hash_of_key(key: str) -> str:
    """SHA-256 of an integration key, hex: enough for keys that are random and long."""
    return hashlib.sha256(key.encode()).hexdigest()


def new_integration_key() -> str:
    """A fresh key of 32 characters, as PagerDuty's clients expect, that begins with `wb`."""
    return "wb" + base64.b32encode(secrets.token_bytes(19)).decode().lower()[:30]


def _make_key(path: Path) -> str:
    key = secrets.token_urlsafe(48)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # two that start at once: the first one's key holds
    except FileExistsError:
        key = path.read_text().split()[0]
    finally:
        draft.unlink()
    return key


def _fingerprint(key: str) -> str:
    return hashlib.sha256(b"watchbill fingerprint 1\0" + key.encode()).hexdigest()[:32]


def _fernet_key(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"watchbill seal 1\0" + key.encode()).digest())
