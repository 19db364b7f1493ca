"""How the Alertmanager webhook stands in the door: its path, its limit and the words of its answers."""

from collections.abc import Sequence

import msgspec

from watchbill.intake.contract import Fault, KeyPlace, Parcel, Wire
from watchbill.intake.formats.alertmanager_v4.parse import parse, read

MESSAGE_LIMIT = 5 * 1024 * 1024  # a large group; Alertmanager never sends a refused message again
_encode = msgspec.json.Encoder().encode
# Measured on Alertmanager 0.25: its webhook tries again after 5xx only. After 429 the alert is lost, so over budget is 503.
_STATUSES = {
    Fault.UNREADABLE: 400,
    Fault.INVALID: 400,
    Fault.UNKNOWN_KEY: 401,
    Fault.TOO_LARGE: 413,
    Fault.WRONG_METHOD: 405,
    Fault.OVER_BUDGET: 503,
    Fault.TOO_SLOW: 503,
    Fault.UNAVAILABLE: 503,
    Fault.FAILED: 503,
}


def accepted(parcel: Parcel) -> bytes:
    """Alertmanager reads nothing of it; people with curl do."""
    return (b'{"accepted":%d,"spooled":true}' if parcel.spooled else b'{"accepted":%d}') % len(parcel.facts)


def refused(fault: Fault, errors: Sequence[str]) -> bytes:
    """Alertmanager writes the body of a refusal into its log."""
    return _encode({"accepted": 0, "fault": fault.value, "errors": errors})


WIRE = Wire(
    name="alertmanager_v4",
    path="/v1/alertmanager",
    key_place=KeyPlace.PATH_OR_HEADER,
    limit=MESSAGE_LIMIT,
    read=read,
    parse=parse,
    accepted_status=200,
    accepted=accepted,
    statuses=_STATUSES,
    refused=refused,
)
