"""A node's spool in memory: it outlives the node, as its disk does, and can be full."""

from collections import deque
from collections.abc import Sequence

from watchbill.runtime.shelf import SpoolFull

ROOM = 4_000_000


class MemoryShelf:
    """See runtime.shelf.Shelf. `full`: the disk has no room."""

    def __init__(self) -> None:
        self._kept: deque[tuple[int, bytes]] = deque()
        self._last = 0
        self._size = 0
        self.full = False
        self.aside: list[bytes] = []

    @property
    def count(self) -> int:
        """See Shelf."""
        return len(self._kept)

    @property
    def size(self) -> int:
        """See Shelf."""
        return self._size

    @property
    def limit(self) -> int:
        """See Shelf."""
        return ROOM

    async def open(self) -> None:
        """See Shelf."""

    async def close(self) -> None:
        """See Shelf."""

    async def put(self, records: Sequence[bytes]) -> None:
        """See Shelf."""
        if self.full or self._size > ROOM:
            raise SpoolFull("The disk is full.")
        for record in records:
            self._last += 1
            self._kept.append((self._last, record))
            self._size += len(record)

    async def take(self, most: int) -> Sequence[tuple[int, bytes]]:
        """See Shelf."""
        return [self._kept[place] for place in range(min(most, len(self._kept)))]

    async def forget(self, position: int) -> None:
        """See Shelf."""
        while self._kept and self._kept[0][0] <= position:
            self._size -= len(self._kept.popleft()[1])

    async def set_aside(self, position: int, record: bytes) -> str:
        """See Shelf."""
        self.aside.append(record)
        return f"aside {position}"
