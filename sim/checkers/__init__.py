"""What must be true when a run has ended, whatever happened in it. Each checker is one file, knows no rule of the product,
and reads only the evidence."""

from collections.abc import Callable, Iterable, Sequence

from sim.checkers.acknowledged import acknowledged_is_quiet
from sim.checkers.duplicates import told_twice_only_when_unknown
from sim.checkers.keys import one_open_alert
from sim.checkers.lost import nothing_lost
from sim.checkers.reasons import everything_says_why
from sim.checkers.rest import comes_to_rest
from sim.evidence import Evidence, Violation

Checker = Callable[[Evidence], Iterable[Violation]]

CHECKERS: Sequence[Checker] = (
    nothing_lost,
    one_open_alert,
    everything_says_why,
    acknowledged_is_quiet,
    told_twice_only_when_unknown,
    comes_to_rest,
)


def check(evidence: Evidence, checkers: Sequence[Checker] = CHECKERS) -> list[Violation]:
    """Every promise that this evidence shows broken."""
    return [violation for checker in checkers for violation in checker(evidence)]
