"""Which wire a path speaks. Adding a format is its folder and one line here."""

from collections.abc import Sequence

from watchbill.intake.contract import KeyPlace, Wire
from watchbill.intake.formats.alertmanager_v4.wire import WIRE as ALERTMANAGER_V4
from watchbill.intake.formats.change_v2.wire import WIRE as CHANGE_V2
from watchbill.intake.formats.events_v2.wire import WIRE as EVENTS_V2
from watchbill.intake.formats.native.wire import WIRE as NATIVE

WIRES = (EVENTS_V2, CHANGE_V2, ALERTMANAGER_V4, NATIVE)


class Routes:
    """Finds the wire of a path. Senders join a base address and a path carelessly, and most of them take a redirect for
    a failure: slashes at the end and doubled ones are read over."""

    def __init__(self, wires: Sequence[Wire] = WIRES) -> None:
        self._exact = {wire.path: (wire, "") for wire in wires}
        self._with_key = {wire.path: wire for wire in wires if wire.key_place is KeyPlace.PATH_OR_HEADER}

    def find(self, path: str) -> tuple[Wire, str] | None:
        """The wire of `path` and the key in it, or None where the door does not serve it."""
        found = self._exact.get(path)
        if found is not None:
            return found
        plain = "/" + "/".join(part for part in path.split("/") if part)
        found = self._exact.get(plain)
        if found is not None:
            return found
        base, _, key = plain.rpartition("/")
        wire = self._with_key.get(base)
        return (wire, key) if wire is not None else None
