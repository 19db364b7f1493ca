"""Does something again and again in a thread of its own."""

import contextlib
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def every(seconds: float, work: Callable[[], None]) -> Iterator[None]:
    """Calls `work` every so many seconds, for the length of a `with`."""
    over = threading.Event()

    def tick() -> None:
        while not over.wait(seconds):
            work()

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
