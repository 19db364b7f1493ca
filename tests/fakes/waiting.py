"""Waiting for something in another process that cannot wake us: asks again and again, for a bounded time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
EVERY = 0.02


def until(ask: Callable[[], T], what: str, *, seconds: float = 15.0, every: float = EVERY) -> T:
    """The first true answer of `ask`, whose connection errors count as no. Raises AssertionError that names `what`."""
    deadline = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < deadline:
        try:
            if answer := ask():
                return answer
            last = answer
        except OSError as fault:
            last = fault
        time.sleep(every)
    raise AssertionError(f"{what}: not within {seconds} s (last: {last!r})")
