"""Signed one-tap links: whoever holds one may do one thing to one incident as one person, until it ends.

A token is the base64url of `version, action, incident, person, end, channel` and of 16 bytes of HMAC-SHA256 over them:
about 45 characters, so that a text message can carry it.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from watchbill.channels.contract import Links

LASTS = timedelta(days=7)

_VERSION = 1
_MAC = 16
_LONGEST = 120
# Keeps these signatures apart from all others that are made with the installation's key.
_PURPOSE = b"watchbill.channels.links"


class Action(StrEnum):
    """What a link does."""

    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


_NUMBERS = {Action.ACKNOWLEDGE: 1, Action.RESOLVE: 2}
_ACTIONS = {number: action for action, number in _NUMBERS.items()}


class LinkForged(ValueError):
    """No key of this installation has signed this."""


class LinkExpired(ValueError):
    """It was good once. `grant`: what it granted."""

    def __init__(self, grant: "Grant") -> None:
        super().__init__(f"The link ended on {grant.ends_at:%Y-%m-%d at %H:%M UTC}.")
        self.grant = grant


class Grant(Struct, frozen=True, kw_only=True):
    """What one link allows. `person`: id, or 0 where the page went to no person. `channel`: how the link was sent, 1 to
    20 characters of ASCII. `ends_at`: first instant at which it is no longer good; whole seconds count."""

    incident: int
    person: int
    action: Action
    channel: str
    ends_at: datetime


class Signer:
    """Signs and reads tokens. The first key signs, all are good to read: put a new key in front to rotate."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys or not all(keys):
            raise ValueError("Links need at least one key, and none may be empty.")
        self._keys = tuple(hmac.digest(key.encode(), _PURPOSE, "sha256") for key in keys)

    def token(self, grant: Grant) -> str:
        """The token that grants this."""
        channel = grant.channel.encode("ascii")
        if not 1 <= len(channel) <= 20:
            raise ValueError("The name of a channel has 1 to 20 characters.")
        head = bytes((_VERSION, _NUMBERS[grant.action]))
        numbers = _packed(grant.incident) + _packed(grant.person) + _packed(int(grant.ends_at.timestamp()))
        body = head + numbers + channel
        return _text(body + _signature(self._keys[0], body))

    def read(self, token: str, *, now: datetime) -> Grant:
        """What the token grants. Raises LinkForged, or LinkExpired when it was good before `now`."""
        raw = _bytes(token)
        body, signature = raw[:-_MAC], raw[-_MAC:]
        # `sum` tries every key even after a match, so that the time taken says nothing.
        if not sum(hmac.compare_digest(_signature(key, body), signature) for key in self._keys):
            raise LinkForged("This link was not made here.")
        grant = _grant(body)
        if now >= grant.ends_at:
            raise LinkExpired(grant)
        return grant


class LinkMaker:
    """Writes the links of a page. `base`: where people reach this installation, such as https://watchbill.example."""

    def __init__(self, base: str, signer: Signer, *, lasts: timedelta = LASTS) -> None:
        self._base = base.rstrip("/")
        self._signer = signer
        self._lasts = lasts

    def links(self, *, incident: int, person: int, channel: str, now: datetime) -> Links:
        """Links for this person and this channel, good from `now` on."""
        acknowledge, resolve = (
            self._base
            + "/a/"
            + self._signer.token(
                Grant(incident=incident, person=person, action=action, channel=channel, ends_at=now + self._lasts)
            )
            for action in Action
        )
        return Links(
            acknowledge=acknowledge,
            resolve=resolve,
            acknowledge_now=acknowledge + "/now",
            resolve_now=resolve + "/now",
            show=f"{self._base}/incidents/{incident}",
        )


def _signature(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:_MAC]


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(token: str) -> bytes:
    if len(token) > _LONGEST:
        raise LinkForged("This link was not made here.")
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError:
        raise LinkForged("This link was not made here.") from None
    # Base64 has several spellings of the same bytes; one token, one spelling.
    if len(raw) <= _MAC or _text(raw) != token:
        raise LinkForged("This link was not made here.")
    return raw


def _packed(number: int) -> bytes:
    """Seven bits a byte, low ones first, the high bit set while more follow."""
    if number < 0:
        raise ValueError("A number in a link is not negative.")
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _grant(body: bytes) -> Grant:
    """Reads a body whose signature was good; another version's is as strange as a forged one."""
    if body[0] != _VERSION or body[1] not in _ACTIONS:
        raise LinkForged("This link was made by another version of Watchbill.")
    numbers: list[int] = []
    at = 2
    while len(numbers) < 3:
        number = shift = 0
        while body[at] & 0x80:
            number |= (body[at] & 0x7F) << shift
            shift += 7
            at += 1
        numbers.append(number | body[at] << shift)
        at += 1
    incident, person, ends = numbers
    return Grant(
        incident=incident,
        person=person,
        action=_ACTIONS[body[1]],
        channel=body[at:].decode("ascii"),
        ends_at=datetime.fromtimestamp(ends, UTC),
    )
