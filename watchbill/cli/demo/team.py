"""Loads the demo's team from `demo.yaml`, with the integration keys that the data folder keeps."""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from watchbill import django_settings, wiring
from watchbill.configuration.asking import request
from watchbill.runtime.postgres import url_of
from watchbill.runtime.seal import Seal, keys_of, new_integration_key
from watchbill.settings import load

FILE = Path(__file__).with_name("demo.yaml")
ANA = "ana@demo.example"


class Keys(Struct, frozen=True):
    """The integration keys of the service checkout; only their hashes are in the database."""

    events: str
    alertmanager: str


def load_team(data_dir: Path, keys: Keys, phone_url: str, allow_ports: str) -> None:
    """Brings the database of a running demo to what `demo.yaml` says; a second time it changes nothing.

    Raises BadFile, Collided or PostgresError.
    """
    given = {"data_dir": data_dir, "allow_loopback": True, "allow_ports": allow_ports}
    settings = load(given, environ={})
    secret_keys = keys_of(settings)
    django_settings.configure(url_of(data_dir), secret_keys[0])
    from watchbill.configuration.actions import apply  # its models need Django set up

    environment = {"PHONE_URL": phone_url, "EVENTS_KEY": keys.events, "ALERTMANAGER_KEY": keys.alertmanager}
    asked = request(FILE.read_bytes(), environment, wiring.channels(settings))
    apply(asked, Seal(secret_keys))


def keys_in(data_dir: Path) -> Keys:
    """The keys that were made when the demo first ran in this folder; made now when there are none."""
    path = data_dir / "demo-keys.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Keys)
    except (FileNotFoundError, msgspec.DecodeError):
        keys = Keys(new_integration_key(), new_integration_key())
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.encode(keys))
    draft.replace(path)
    return keys
