"""What a decision is: the case as it is now, what to write, and why."""

from msgspec import Struct

from watchbill.engine.case import Case
from watchbill.engine.commands import Command
from watchbill.engine.reasons import Reason


class Step(Struct, frozen=True):
    """One decision. `case`: the case after it. `commands`: what the runtime writes, in order. `reason`: why."""

    case: Case
    commands: tuple[Command, ...]
    reason: Reason
