"""Waits for a condition with a deadline, so that no test waits for a length of time."""

import os
import select
import time
from collections.abc import Callable


def eventually(condition: Callable[[], bool], *, within: float = 5, what: str) -> float:
    """Returns after how many seconds `condition` came true; fails the test after `within`."""
    begun = time.monotonic()
    never, unused = os.pipe()
    try:
        while not condition():
            assert time.monotonic() - begun < within, f"not within {within} s: {what}"
            select.select([never], [], [], 0.005)
    finally:
        os.close(never)
        os.close(unused)
    return time.monotonic() - begun
