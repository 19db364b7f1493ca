"""The only place that reads the time. What is due is decided by the database's clock, `app_now()`; these are for the
rest: how long something took, and what to write into a log."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

NOW = "SELECT app_now()"


def _of_this_machine() -> datetime:
    return datetime.now(UTC)


_monotonic: Callable[[], float] = time.monotonic
_wall: Callable[[], datetime] = _of_this_machine


def monotonic() -> float:
    """Seconds from an unknown start, for measuring how long something takes."""
    return _monotonic()


def wall() -> datetime:
    """This machine's own time, aware. Never for deciding whether anything is due."""
    return _wall()


def use(monotonic: Callable[[], float] | None, wall: Callable[[], datetime] | None) -> None:
    """Puts other clocks in the place of this machine's, for the simulator; None puts them back."""
    global _monotonic, _wall
    _monotonic = monotonic or time.monotonic
    _wall = wall or _of_this_machine
