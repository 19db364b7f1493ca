"""What a wire format is given and what it answers: the one shape that all formats share."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from msgspec import Struct

from watchbill.engine.directory import Integration
from watchbill.engine.facts import Fact


class Fault(Enum):
    """Why a request was not taken. Each wire turns these into its own status and its own error shape.

    The first five are the sender's mistakes and may be 4xx. The others are ours or pass by themselves: a wire answers
    them with a status on which its senders try again.
    """

    UNREADABLE = "unreadable"  # not the bytes that the wire expects: not JSON, not UTF-8, empty
    INVALID = "invalid"  # readable, but a required part is missing or has the wrong type
    UNKNOWN_KEY = "unknown_key"
    TOO_LARGE = "too_large"
    WRONG_METHOD = "wrong_method"
    OVER_BUDGET = "over_budget"  # this key sends more than its share
    TOO_SLOW = "too_slow"  # the body did not arrive in time; our own starved loop looks the same, so no 4xx
    UNAVAILABLE = "unavailable"  # the database is away
    FAILED = "failed"  # a mistake in our code


class Rejected(Struct, frozen=True):
    """Nothing was taken. `errors`: sentences for the person who set the sender up, at least one."""

    errors: tuple[str, ...]
    fault: Fault = Fault.INVALID


class Letter(Struct, frozen=True):
    """A body that could be read. `key`: whose it says it is, unchecked. `content`: decoded, not yet tamed."""

    key: str
    content: Any


class BadLine(Struct, frozen=True):
    """One line of a batch that was not taken. `line`: its number, the first is 1."""

    line: int
    error: str


class Parcel(Struct, frozen=True):
    """What one request holds, ready to be submitted as a whole.

    `dedup_key`: the key of the one event, where the wire answers it. `endings`: how many of the facts acknowledge or
    resolve; they have their own, larger budget. `spooled`: they are not in the database yet, but on this node's disk.
    """

    facts: Sequence[Fact]
    dedup_key: str = ""
    endings: int = 0
    bad_lines: Sequence[BadLine] = ()
    spooled: bool = False


class KeyPlace(Enum):
    """Where a wire carries its key. In a header: `Authorization: Bearer <key>`, or the password of Basic."""

    BODY = "body"
    HEADER = "header"
    PATH_OR_HEADER = "path or header"


class Wire(Struct, frozen=True, kw_only=True):
    """One wire format, as the door sees it.

    `path`: without a slash at the end; with PATH_OR_HEADER the key may follow as one more segment.
    `limit`: bytes that a body may have. `accepted`: the body of the answer, with `accepted_status`.
    `statuses`: the status of every fault.
    """

    name: str
    path: str
    key_place: KeyPlace
    limit: int
    read: Callable[[bytes, str], Letter | Rejected]
    parse: Callable[[Letter, Integration, Callable[[], str]], Parcel | Rejected]
    accepted_status: int
    accepted: Callable[[Parcel], bytes]
    statuses: Mapping[Fault, int]
    refused: Callable[[Fault, Sequence[str]], bytes]
