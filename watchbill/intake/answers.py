"""What the door says back: a status, headers and a body in the wire's own shape."""

import math
import random
from collections.abc import Sequence

from msgspec import Struct

from watchbill.intake.bodies import Send
from watchbill.intake.contract import Fault, Parcel, Wire

LONGEST_WAIT = 300
_JSON = (b"content-type", b"application/json")
_SPOOLED = (b"watchbill-spooled", b"true")
_PASSES = frozenset((Fault.OVER_BUDGET, Fault.TOO_SLOW, Fault.UNAVAILABLE, Fault.FAILED))


class Answer(Struct, frozen=True):
    """One response, and how it is counted: `outcome` "accepted", "spooled" or the value of a fault, for `events` events, and
    `bad_lines` of a batch that were not taken beside them."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    outcome: str
    events: int = 1
    bad_lines: int = 0


def accept(wire: Wire, parcel: Parcel) -> Answer:
    """Says that everything in `parcel` was taken. Only after the commit, or when it is safe on the node's disk."""
    body = wire.accepted(parcel)
    headers = [_JSON, (b"content-length", b"%d" % len(body))]
    if parcel.spooled:
        headers.append(_SPOOLED)
    return Answer(
        wire.accepted_status,
        headers,
        body,
        "spooled" if parcel.spooled else "accepted",
        len(parcel.facts),
        len(parcel.bad_lines),
    )


def refuse(wire: Wire, fault: Fault, errors: Sequence[str], *, retry_after: float = 5.0) -> Answer:
    """Says that nothing was taken. `retry_after`: seconds, told only for faults that pass by themselves."""
    body = wire.refused(fault, errors)
    status = wire.statuses[fault]
    headers = [_JSON, (b"content-length", b"%d" % len(body))]
    if fault in _PASSES:
        headers.append((b"retry-after", b"%d" % spread(retry_after)))
    elif status == 405:
        headers.append((b"allow", b"POST"))
    elif status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="watchbill"'))
    return Answer(status, headers, body, fault.value)


def spread(seconds: float) -> int:
    """Whole seconds, at least `seconds` and up to half as many more, so that senders do not come back in step."""
    base = min(max(1, math.ceil(seconds)), LONGEST_WAIT)
    return base + random.randint(0, (base + 1) // 2)  # noqa: S311 - it spreads load and guards nothing


async def deliver(send: Send, answer: Answer) -> None:
    """Sends the whole answer."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})
