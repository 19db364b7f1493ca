"""The only place that reads the time. What is due is decided by the database's clock, `app_now()`; these are for the
rest: how long something took, and what to write into a log."""

import time
from datetime import UTC, datetime

NOW = "SELECT app_now()"


def monotonic() -> float:
    """Seconds from an unknown start, for measuring how long something takes."""
    return time.monotonic()


def wall() -> datetime:
    """This machine's own time, aware. Never for deciding whether anything is due."""
    return datetime.now(UTC)
