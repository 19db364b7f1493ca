"""How the batch route stands in the door: its path, its limit and the words of its answers."""

from collections.abc import Sequence
from typing import Any

import msgspec

from watchbill.intake.contract import Fault, KeyPlace, Parcel, Wire
from watchbill.intake.formats.native.parse import parse, read

BATCH_LIMIT = 5 * 1024 * 1024
MOST_ERRORS = 100  # a body of rubbish is not answered by a larger one
_encode = msgspec.json.Encoder().encode
_STATUSES = {
    Fault.UNREADABLE: 400,
    Fault.INVALID: 400,
    Fault.UNKNOWN_KEY: 401,
    Fault.TOO_LARGE: 413,
    Fault.WRONG_METHOD: 405,
    Fault.OVER_BUDGET: 429,
    Fault.TOO_SLOW: 503,
    Fault.UNAVAILABLE: 503,
    Fault.FAILED: 503,
}


def accepted(parcel: Parcel) -> bytes:
    """`rejected` lists the first hundred bad lines; `more_rejected`, how many follow, is there only where some do.
    `spooled` is there where the events wait on this node's disk until the database is back."""
    if not parcel.bad_lines and not parcel.spooled:
        return b'{"accepted":%d,"rejected":[]}' % len(parcel.facts)
    answer: dict[str, Any] = {"accepted": len(parcel.facts), "rejected": parcel.bad_lines[:MOST_ERRORS]}
    if len(parcel.bad_lines) > MOST_ERRORS:
        answer["more_rejected"] = len(parcel.bad_lines) - MOST_ERRORS
    if parcel.spooled:
        answer["spooled"] = True
    return _encode(answer)


def refused(fault: Fault, errors: Sequence[str]) -> bytes:
    """Nothing was taken, and why."""
    return _encode({"accepted": 0, "fault": fault.value, "errors": errors[:MOST_ERRORS]})


WIRE = Wire(
    name="native",
    path="/v1/events",
    key_place=KeyPlace.HEADER,
    limit=BATCH_LIMIT,
    read=read,
    parse=parse,
    accepted_status=202,
    accepted=accepted,
    statuses=_STATUSES,
    refused=refused,
)
