"""What a fault is, and what one run of it has shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from tests.faults.run import Run


@dataclass(frozen=True)
class Fault:
    """`inject` breaks something under load, mends it where it does not mend itself, and says by `Run.well_from` when all
    should have been well again. From there, `bar`: seconds in which every page must have gone out; `elsewhere`: the same
    for the services that it does not touch, from the moment at which their event was taken. `lasts`: about how many
    seconds a run takes. `may_double`: whether a page may be told twice where an earlier attempt's outcome is unknown.
    `spool`: whether it needs the durable spool."""

    name: str
    title: str
    inject: "Callable[[Run], None]"
    bar: float
    lasts: float
    elsewhere: float | None = None
    may_double: bool = True
    spool: bool = False


class Outcome(Struct):
    """One run. `recovery`: the worst, in seconds. `unknown`: attempts of which nobody knows how they ended.
    `failures`: what was wrong, in words; none when it has passed."""

    fault: str
    accepted: int = 0
    told: int = 0
    lost: int = 0
    duplicates: int = 0
    unexplained: int = 0
    unknown: int = 0
    refused: int = 0
    spooled: int = 0
    recovery: float = 0.0
    worst_delay: float = 0.0
    seconds: float = 0.0
    failures: list[str] = []
    figures: dict[str, float] = {}
    logs: str = ""

    @property
    def passed(self) -> bool:
        """Nothing was wrong."""
        return not self.failures
