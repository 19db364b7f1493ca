"""How PagerDuty Events v2 stands in the door: its path, its limit and the words of its answers."""

from collections.abc import Sequence

import msgspec

from watchbill.intake.contract import Fault, KeyPlace, Parcel, Wire
from watchbill.intake.formats.events_v2.parse import parse, read

_encode = msgspec.json.Encoder().encode
_STATUSES = {
    Fault.UNREADABLE: 400,
    Fault.INVALID: 400,
    Fault.UNKNOWN_KEY: 400,
    Fault.TOO_LARGE: 413,
    Fault.WRONG_METHOD: 405,
    Fault.OVER_BUDGET: 429,
    Fault.TOO_SLOW: 503,
    Fault.UNAVAILABLE: 503,
    Fault.FAILED: 503,
}
_WORDS = {
    Fault.UNREADABLE: ("Unrecognized object", "Event object format is unrecognized"),
    Fault.TOO_LARGE: ("Unrecognized object", "Event object is too large"),
    Fault.WRONG_METHOD: ("method not allowed", "Events are sent with POST"),
    Fault.OVER_BUDGET: (
        "throttle exceeded",
        "Requests for this routing key arrive too quickly; try again later",
    ),
    Fault.TOO_SLOW: ("service unavailable", "The event did not arrive in time; try again"),
    Fault.UNAVAILABLE: ("service unavailable", "The event was not taken; try again"),
    Fault.FAILED: ("service unavailable", "The event was not taken; try again"),
}
_SPOOLED = b"Event kept on this node's disk; it is processed when the database is back"
_INVALID = ("invalid event", "Event object is invalid")


def accepted(parcel: Parcel) -> bytes:
    """The clients read `status` and `dedup_key`, so both are always there."""
    message = _SPOOLED if parcel.spooled else b"Event processed"
    return b'{"status":"success","message":"%b","dedup_key":%b}' % (message, _encode(parcel.dedup_key))


def refused(fault: Fault, errors: Sequence[str]) -> bytes:
    """Zabbix shows `errors[0]` to its user."""
    status, message = _WORDS.get(fault, _INVALID)
    return _encode({"status": status, "message": message, "errors": errors})


WIRE = Wire(
    name="events_v2",
    path="/v2/enqueue",
    key_place=KeyPlace.BODY,
    limit=512 * 1024,
    read=read,
    parse=parse,
    accepted_status=202,
    accepted=accepted,
    statuses=_STATUSES,
    refused=refused,
)
