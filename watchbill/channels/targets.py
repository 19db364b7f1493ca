"""Reads the address of a web hook as wild text, and answers a URL that means one thing only.

It is parsed by yarl, which is what aiohttp dials by, so that no second reading of the same text exists. Names are not
judged here: what a name means is known only when the socket is made (see egress.py).
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from yarl import URL

from watchbill.channels.addresses import Walls

PORTS = frozenset({80, 443, 8443})
LONGEST = 2048

_LABELS = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*\Z"
)
# What some resolvers read as a number: 2130706433, 0x7f.1, 0177.0.0.1. A name never ends so (RFC 3696 section 2).
_ENDS_LIKE_A_NUMBER = re.compile(r"(?:\A|\.)(?:[0-9]+|0x[0-9a-f]*)\Z")
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\\]")


class BadTarget(ValueError):
    """The text is no address that may be sent to; the message says why."""


def target(text: str, walls: Walls, ports: frozenset[int] = PORTS) -> URL:
    """The URL that `text` means. Raises BadTarget."""
    if not text or len(text) > LONGEST:
        raise BadTarget(f"It must have 1 to {LONGEST} characters.")
    if _INVISIBLE.search(text):
        raise BadTarget("It has spaces, backslashes or characters that cannot be seen.")
    try:
        url = URL(text)
        port = url.port
    except ValueError:
        raise BadTarget("It is not a web address.") from None
    if url.scheme not in ("http", "https"):
        raise BadTarget("It must begin with https:// or http://.")
    if "@" in text.partition("//")[2].partition("/")[0].partition("?")[0].partition("#")[0]:
        raise BadTarget("A user name or password in the address is not supported.")
    if port not in ports:
        raise BadTarget(f"Port {port} is not among {', '.join(map(str, sorted(ports)))}; the operator may list it.")
    _judge_host(url.raw_host or "", walls)
    return url.with_fragment(None)


def _judge_host(host: str, walls: Walls) -> None:
    address = _literal(host)
    if address is not None:
        why = walls.refusal(address)
        if why is not None:
            raise BadTarget(f"{address} is refused: {why}.")
        return
    name = host.lower().removesuffix(".")
    if not _LABELS.match(name):
        raise BadTarget("It has no valid host name.")
    if _ENDS_LIKE_A_NUMBER.search(name):
        raise BadTarget("Its host is neither a name nor a plain IPv4 address such as 192.0.2.1.")


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
