"""What a fake has received: a list that any thread and any loop can wait on, woken by an event and never by a sleep."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

#: Seconds after which waiting is a failure. Long, because only a failing test waits so long.
PATIENCE = 10.0


class Inbox(Generic[T]):
    """Only ever grows, except by `clear`."""

    def __init__(self) -> None:
        self._items: list[T] = []
        self._came = threading.Condition()
        self._waiting: list[tuple[int, asyncio.Future[None], asyncio.AbstractEventLoop]] = []

    def add(self, item: T) -> None:
        with self._came:
            self._items.append(item)
            self._came.notify_all()
            ready = [each for each in self._waiting if each[0] <= len(self._items)]
            self._waiting = [each for each in self._waiting if each[0] > len(self._items)]
        for _, future, loop in ready:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_wake, future)

    def wait_for(self, count: int, *, patience: float = PATIENCE) -> list[T]:
        """All items, once there are `count`; for tests that are not async. Raises AssertionError."""
        with self._came:
            if not self._came.wait_for(lambda: len(self._items) >= count, patience):
                raise AssertionError(f"{len(self._items)} came instead of {count} within {patience} s")
            return list(self._items)

    async def arrived(self, count: int, *, patience: float = PATIENCE) -> list[T]:
        """The same for tests that are async."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        with self._came:
            if len(self._items) >= count:
                return list(self._items)
            self._waiting.append((count, future, loop))
        try:
            await asyncio.wait_for(future, patience)
        except TimeoutError:
            raise AssertionError(f"{len(self._items)} came instead of {count} within {patience} s") from None
        return list(self._items)

    def clear(self) -> None:
        with self._came:
            self._items.clear()

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._items))

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> T:
        return self._items[index]


def _wake(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
