"""Every setting of Watchbill in one place: its name, what it means, what is allowed. `docs/reference/settings.md` is
made from this list and tested against it."""

import os
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct


class BadSetting(ValueError):
    """A setting that cannot be used. The message names it, says what is wrong and what would do."""


def default_data_dir() -> Path:
    """Where the embedded database lives unless said otherwise: a folder that an unprivileged server can reach."""
    if os.geteuid() == 0:
        return Path("/var/lib/watchbill")
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "watchbill"


class Settings(Struct, frozen=True, kw_only=True):
    """What one node runs with. Every field is an option of `serve` and a variable `WATCHBILL_<NAME>`."""

    data_dir: Path = msgspec.field(default_factory=default_data_dir)
    host: str = "127.0.0.1"
    port: int = 8811
    database_url: str = ""
    public_url: str = ""
    secret_key: str = ""
    log_level: str = "info"
    log_format: str = "json"
    smtp_url: str = ""
    mail_from: str = "watchbill@localhost"
    ntfy_url: str = "https://ntfy.sh"
    events_per_second: int = 1000
    events_burst: int = 20000
    spool_mb: int = 256
    allow_networks: str = ""
    allow_ports: str = "80,443,8443"
    allow_loopback: bool = False

    @property
    def base_url(self) -> str:
        """The address that links carry: `public_url`, else where this node listens."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


HELP: Mapping[str, str] = {
    "data_dir": "Folder for the embedded PostgreSQL, the secret key and the log. Made when it is not there. "
    "The default is /var/lib/watchbill for root, else ~/.local/share/watchbill.",
    "host": "Address to listen on. 0.0.0.0 or :: for all.",
    "port": "Port to listen on, 1 to 65535.",
    "database_url": "Any PostgreSQL 15 or newer, as postgresql://user:password@host:port/name. Empty: the embedded one.",
    "public_url": "The address under which people and providers reach Watchbill, for links in pages. "
    "Empty: http://HOST:PORT.",
    "secret_key": "Signs links and seals secrets at rest; at least 32 characters; several, separated by commas, newest "
    "first, while rotating. Empty: one is made and kept in DATA_DIR/secret.key.",
    "log_level": "debug, info, warning or error.",
    "log_format": "json, or text for people.",
    "smtp_url": "Where mail goes: smtp://user:password@host:port, smtps:// for TLS from the start; "
    "smtp:// uses STARTTLS where offered, ?starttls=never or ?starttls=always says otherwise. Empty: no mail.",
    "mail_from": "The sender's address of mail.",
    "ntfy_url": "The ntfy server for contact methods that name none.",
    "events_per_second": "Events that one integration key may send per second in the long run; acknowledge and resolve "
    "have four times as much of their own.",
    "events_burst": "Events that one integration key may send at once before the rate holds.",
    "spool_mb": "Disk, in MiB, for events that come in while the database is away; they are kept in DATA_DIR/spool and "
    "handed in when it is back. Past it senders get 503 again. 0 switches the spool off.",
    "allow_networks": "Private networks that webhooks and ntfy may call, as CIDRs separated by commas. "
    "Public addresses need no entry; loopback and cloud metadata are never allowed by it.",
    "allow_ports": "Ports that webhooks and ntfy may call, separated by commas.",
    "allow_loopback": "Let webhooks and ntfy call this machine itself, for demos and tests. As an option --allow-loopback, "
    "as a variable true or false.",
}

_LEVELS = ("debug", "info", "warning", "error")


def load(
    given: Mapping[str, Any] | None = None, *, environ: Mapping[str, str] | None = None, served: bool = False
) -> Settings:
    """The settings from options (`given`, None values count as not given), else from `WATCHBILL_…`, else the defaults.

    `served`: before the defaults ask what the `serve` of the same data folder has remembered, so that a command judges
    as the node does. Raises BadSetting for the first one that cannot be used.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        option = (given or {}).get(field.name)
        if option is not None:
            values[field.name] = _read(field.name, field.type, option, f"--{field.name.replace('_', '-')}")
        elif (variable := f"WATCHBILL_{field.name.upper()}") in environ and environ[variable] != "":
            values[field.name] = _read(field.name, field.type, environ[variable], variable)
    unknown = sorted(
        name
        for name in environ
        if name.startswith("WATCHBILL_") and name[10:].lower() not in HELP and name not in _OTHER_VARIABLES
    )
    if unknown:
        raise BadSetting(f"{unknown[0]} is not a setting of Watchbill. Known are: {', '.join(sorted(variables()))}.")
    if served:
        values = {**_remembered(values.get("data_dir") or default_data_dir()), **values}
    return _checked(Settings(**values))


# What commands may know of the node beside them. Nothing secret, and nothing that may hold a password.
REMEMBERED = ("host", "port", "public_url", "ntfy_url", "allow_networks", "allow_ports", "allow_loopback")


def remember(settings: Settings) -> None:
    """Writes down what commands on the same data folder need to know of this node."""
    kept = {name: getattr(settings, name) for name in REMEMBERED}
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = settings.data_dir / "served.json.new"
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=2) + b"\n")
    draft.replace(settings.data_dir / "served.json")


def _remembered(data_dir: Path) -> dict[str, Any]:
    try:
        kept = msgspec.json.decode((data_dir / "served.json").read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.MsgspecError):
        return {}
    return {name: value for name, value in kept.items() if name in REMEMBERED}


# Read elsewhere than here, by tests and by make; not settings of a node.
_OTHER_VARIABLES = frozenset(
    {"WATCHBILL_SKIP_INTEROP", "WATCHBILL_TEST_DATABASE_URL", "WATCHBILL_URL", "WATCHBILL_KEY", "WATCHBILL_NODE"}
)


def variables() -> dict[str, str]:
    """Each `WATCHBILL_…` variable with its help."""
    return {f"WATCHBILL_{name.upper()}": text for name, text in HELP.items()}


def listed(text: str) -> tuple[str, ...]:
    """The parts of a setting that is a list with commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def ports_of(settings: Settings) -> frozenset[int]:
    """The ports that `allow_ports` names. Raises BadSetting."""
    for port in listed(settings.allow_ports):
        if not port.isdecimal() or not 1 <= int(port) <= 65535:
            raise BadSetting(f"allow_ports: {port!r} is no port. Write numbers from 1 to 65535, separated by commas.")
    return frozenset(int(port) for port in listed(settings.allow_ports))


def _read(name: str, kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        if kind is int:
            return int(value)
        if kind is bool:
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[value.lower()]
    except (ValueError, KeyError):
        wanted = "a whole number" if kind is int else "true or false"
        raise BadSetting(f"{where} is {value!r}, but must be {wanted}. {HELP[name]}") from None
    return Path(value).expanduser().absolute() if kind is Path else value


def _checked(settings: Settings) -> Settings:
    if not 1 <= settings.port <= 65535:
        raise BadSetting(f"port is {settings.port}, but must be 1 to 65535.")
    if settings.log_level not in _LEVELS:
        raise BadSetting(f"log_level is {settings.log_level!r}, but must be one of {', '.join(_LEVELS)}.")
    if settings.log_format not in ("json", "text"):
        raise BadSetting(f"log_format is {settings.log_format!r}, but must be json or text.")
    _check_url(settings.database_url, "database_url", ("postgresql", "postgres"))
    _check_url(settings.public_url, "public_url", ("http", "https"))
    _check_url(settings.smtp_url, "smtp_url", ("smtp", "smtps"))
    _check_url(settings.ntfy_url, "ntfy_url", ("http", "https"))
    for key in filter(None, settings.secret_key.split(",")):
        if len(key.strip()) < 32:
            raise BadSetting(f"secret_key has one of {len(key.strip())} characters, but needs at least 32 in each.")
    for name in ("events_per_second", "events_burst"):
        if getattr(settings, name) < 1:
            raise BadSetting(f"{name} is {getattr(settings, name)}, but must be at least 1.")
    if settings.spool_mb < 0:
        raise BadSetting(f"spool_mb is {settings.spool_mb}, but must be 0 or more.")
    ports_of(settings)
    for network in listed(settings.allow_networks):
        try:
            ip_network(network)
        except ValueError as fault:
            raise BadSetting(f"allow_networks: {network!r} is no network ({fault}). Write it as 10.0.0.0/8.") from None
    return settings


def _check_url(url: str, name: str, schemes: tuple[str, ...]) -> None:
    if not url:
        return
    parts = urlsplit(url)
    # A libpq URL may name a socket folder in its query and no host.
    if parts.scheme not in schemes or not (parts.netloc or parts.query or name == "database_url"):
        shown = f"{parts.scheme}://…" if parts.scheme else repr(url)
        raise BadSetting(
            f"{name} is {shown}, but must begin with {' or '.join(s + '://' for s in schemes)}. {HELP[name]}"
        )
