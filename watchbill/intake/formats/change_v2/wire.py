"""How PagerDuty change events stand in the door: their path, their limit and the words of their answers."""

from collections.abc import Sequence

import msgspec

from watchbill.intake.contract import Fault, KeyPlace, Parcel, Wire
from watchbill.intake.formats.change_v2.parse import parse, read

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
    Fault.UNREADABLE: ("Unrecognized object", "Change event object format is unrecognized"),
    Fault.TOO_LARGE: ("Unrecognized object", "Change event object is too large"),
    Fault.WRONG_METHOD: ("method not allowed", "Change events are sent with POST"),
    Fault.OVER_BUDGET: (
        "throttle exceeded",
        "Requests for this routing key arrive too quickly; try again later",
    ),
    Fault.TOO_SLOW: ("service unavailable", "The change event did not arrive in time; try again"),
    Fault.UNAVAILABLE: ("service unavailable", "The change event was not taken; try again"),
    Fault.FAILED: ("service unavailable", "The change event was not taken; try again"),
}
_INVALID = ("invalid event", "Change event object is invalid")
_ACCEPTED = b'{"status":"success","message":"Change event processed"}'
_SPOOLED = (
    b'{"status":"success",'
    b'"message":"Change event kept on this node\'s disk; it is processed when the database is back"}'
)


def accepted(parcel: Parcel) -> bytes:
    """The same for every change: nothing about it is to be remembered by the sender."""
    return _SPOOLED if parcel.spooled else _ACCEPTED


def refused(fault: Fault, errors: Sequence[str]) -> bytes:
    """The shape of Events v2."""
    status, message = _WORDS.get(fault, _INVALID)
    return msgspec.json.encode({"status": status, "message": message, "errors": errors})


WIRE = Wire(
    name="change_v2",
    path="/v2/change/enqueue",
    key_place=KeyPlace.BODY,
    limit=512 * 1024,
    read=read,
    parse=parse,
    accepted_status=202,
    accepted=accepted,
    statuses=_STATUSES,
    refused=refused,
)
