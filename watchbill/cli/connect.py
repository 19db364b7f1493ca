"""How a command reaches a Watchbill that runs on this machine: its settings, its database, its secrets, its channels."""

from pathlib import Path

from msgspec import Struct

from watchbill import django_settings, wiring
from watchbill.channels.contract import Channel
from watchbill.runtime.postgres import url_of
from watchbill.runtime.seal import Seal, keys_of
from watchbill.settings import Settings, load


class Connected(Struct, frozen=True):
    """What a command works with. `database_url`: libpq URL of a database that answers."""

    settings: Settings
    database_url: str
    seal: Seal
    channels: dict[str, Channel]


def connect(data_dir: Path | None = None, database_url: str | None = None) -> Connected:
    """Finds the database, from the options or the `WATCHBILL_…` variables, and sets Django up for this process.

    Raises BadSetting, or PostgresError when nothing runs in the data folder.
    """
    settings = load({"data_dir": data_dir, "database_url": database_url}, served=True)
    url = settings.database_url or url_of(settings.data_dir)
    keys = keys_of(settings, make=False)
    django_settings.configure(url, keys[0])
    return Connected(settings, url, Seal(keys), wiring.channels(settings))
