"""What a scenario is: its story, and what is true at its end."""

from msgspec import Struct

from tests.crash.story import Step
from watchbill.engine.facts import AlertResolved, AlertTriggered
from watchbill.engine.words import Severity


class Scenario(Struct, frozen=True, kw_only=True):
    """`told`: who is told of what over which channel when nobody dies, in order, as "Ana sms db-1". `ends`: the status of
    each incident at the end, by title, also where somebody died. `shadows`: for whom there is a notice of what, exactly
    once whoever dies, as "Ivy db-1".

    `or_ends`: how they may end instead where somebody died, none for only so.

    However often a node dies, each of `told` is told at least once, but for `may_miss`: whoever the story leaves behind,
    since the incident was over before the page was repeated. `nobody_else`: whether others must not be told either.
    `later`: seconds that a death may cost on top of a lease.
    """

    name: str
    steps: tuple[Step, ...]
    told: tuple[str, ...]
    ends: tuple[tuple[str, str], ...]
    shadows: tuple[str, ...] = ()
    or_ends: tuple[tuple[str, str], ...] = ()
    channels: tuple[str, ...] = ("sms",)
    may_miss: frozenset[str] = frozenset()
    nobody_else: bool = True
    later: float = 0.0


def down(key: str, service: int, severity: Severity = Severity.CRITICAL) -> AlertTriggered:
    """A monitor says that this is down."""
    return AlertTriggered(service=service, dedup_key=key, summary=key, severity=severity)


def over(key: str, service: int) -> AlertResolved:
    """A monitor says that it is over."""
    return AlertResolved(service=service, dedup_key=key)
