"""How this installation sends e-mail: which server, as whom, how safely."""

from email.utils import parseaddr
from enum import StrEnum
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct


class Tls(StrEnum):
    """How the connection is kept from being read."""

    NONE = "none"  # only for a relay on this machine or in a network of one's own
    OFFERED = "offered"  # STARTTLS if the server offers it, else in the clear; never with a password
    STARTTLS = "starttls"  # begins in the clear, and is given up if the server cannot change over
    TLS = "tls"  # from the first byte


_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_PORTS = {Tls.NONE: 25, Tls.OFFERED: 25, Tls.STARTTLS: 587, Tls.TLS: 465}
_STARTTLS = {"never": Tls.NONE, "always": Tls.STARTTLS}


class SmtpConfig(Struct, frozen=True, kw_only=True):
    """`sender`: `Watchbill <pager@example.com>` or an address alone. `thread_host`: the right side of every Message-ID,
    by default the sender's; keep it for good, or threads break. `connections`: most at one time, >= 1. `ca_file`: PEM of
    a certificate authority of one's own. Raises ValueError when it cannot work."""

    host: str
    sender: str
    port: int = 587
    tls: Tls = Tls.STARTTLS
    username: str = ""
    password: str = ""
    thread_host: str = ""
    ca_file: str = ""
    connections: int = 4

    def __post_init__(self) -> None:
        """Says at the start of the node what would otherwise fail at 3 am."""
        if not self.host:
            raise ValueError("The SMTP server has no host.")
        if "@" not in self.sender_address or any(sign in self.sender for sign in "\r\n"):
            raise ValueError(f"The sender {self.sender!r} is not an e-mail address.")
        if self.password and self.tls in (Tls.NONE, Tls.OFFERED) and self.host not in _THIS_MACHINE:
            raise ValueError("A password could be sent in the clear: choose starttls=always or smtps.")
        if self.connections < 1:
            raise ValueError("At least one connection is needed.")

    def __repr__(self) -> str:
        """Without the password, because this ends up in logs."""
        return f"SmtpConfig(host={self.host!r}, port={self.port}, tls={self.tls.value!r}, sender={self.sender!r})"

    @classmethod
    def from_url(cls, url: str, *, sender: str) -> "SmtpConfig":
        """Reads `smtp://user:password@host:port?starttls=never|always` or `smtps://...`. Without `starttls` it is used
        where offered, and always when there is a password. Raises ValueError, which never repeats the password."""
        parts = urlsplit(url)
        asked = parse_qs(parts.query, keep_blank_values=True)
        how = asked.pop("starttls", [""])[-1]
        if parts.scheme not in ("smtp", "smtps") or asked or (how and how not in _STARTTLS):
            raise ValueError("Mail goes to smtp:// or smtps://, with ?starttls=never or ?starttls=always at most.")
        default = Tls.STARTTLS if parts.password else Tls.OFFERED
        tls = Tls.TLS if parts.scheme == "smtps" else _STARTTLS.get(how, default)
        return cls(
            host=parts.hostname or "",
            port=parts.port or _PORTS[tls],
            tls=tls,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            sender=sender,
        )

    @property
    def sender_name(self) -> str:
        """`Watchbill` where none is given."""
        return parseaddr(self.sender)[0] or "Watchbill"

    @property
    def sender_address(self) -> str:
        """The address alone."""
        return parseaddr(self.sender)[1]

    @property
    def domain(self) -> str:
        """The right side of Message-IDs, and the name this node greets the server with."""
        return self.thread_host or self.sender_address.rpartition("@")[2]
