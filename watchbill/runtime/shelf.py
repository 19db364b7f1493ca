"""Where records wait until they can be handed in: durable, in order, and given back until they are forgotten."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, TypeVar

from watchbill.runtime.records import HEAD
from watchbill.runtime.segments import Disk, Segments

T = TypeVar("T")


class SpoolFull(Exception):
    """There is no room, or the disk refused it; nothing was kept."""


class Shelf(Protocol):
    """What the spool needs of a store. Another one (a stream of NATS JetStream, the simulator's memory) may stand here."""

    @property
    def count(self) -> int:
        """Records that are kept and not forgotten."""
        ...

    @property
    def size(self) -> int:
        """Bytes that they take."""
        ...

    @property
    def limit(self) -> int:
        """Bytes that they may take; 0 where nothing may be put."""
        ...

    async def open(self) -> None:
        """Takes in what is there already; again, once it is open, does nothing. Raises OSError."""
        ...

    async def close(self) -> None:
        """Lets go of it; what is kept stays."""
        ...

    async def put(self, records: Sequence[bytes]) -> None:
        """Keeps all records, in their order; durable when it returns. Raises SpoolFull, and then none was kept."""
        ...

    async def take(self, most: int) -> Sequence[tuple[int, bytes]]:
        """The oldest records that are not forgotten, at most so many, each with its position. Positions only grow.
        Raises OSError."""
        ...

    async def forget(self, position: int) -> None:
        """Gives up all records up to `position`, which were taken before."""
        ...

    async def set_aside(self, position: int, record: bytes) -> str:
        """Keeps a record that cannot be handed in, durably, for people to look at; answers where. Raises OSError."""
        ...


class _Put:
    __slots__ = ("done", "records", "size")

    def __init__(self, records: Sequence[bytes], done: "asyncio.Future[None]") -> None:
        self.records = records
        self.size = sum(len(record) + HEAD.size for record in records)
        self.done = done


class FileShelf:
    """A shelf of files in `folder`, up to `limit` bytes. What arrives while one sync runs goes with the next.

    All work on the files is done by one thread of its own, so the loop never waits for the disk.
    """

    def __init__(self, folder: Path, limit: int, *, disk: Disk | None = None, segment_bytes: int | None = None) -> None:
        size = segment_bytes or max(64 << 10, min(8 << 20, limit // 8))
        self._segments = Segments(folder, disk, segment_bytes=size)
        self._limit = limit
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spool")
        self._waiting: list[_Put] = []
        self._writer: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """See Shelf."""
        return self._segments.count

    @property
    def size(self) -> int:
        """See Shelf."""
        return self._segments.size

    @property
    def limit(self) -> int:
        """See Shelf."""
        return self._limit

    async def open(self) -> None:
        """See Shelf."""
        await self._do(self._segments.open)

    async def close(self) -> None:
        """See Shelf."""
        if self._writer is not None:
            await self._writer
        await self._do(self._segments.close)
        self._thread.shutdown(wait=False)

    async def put(self, records: Sequence[bytes]) -> None:
        """See Shelf."""
        put = _Put(records, asyncio.get_running_loop().create_future())
        self._waiting.append(put)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        await put.done

    async def take(self, most: int) -> Sequence[tuple[int, bytes]]:
        """See Shelf."""
        return await self._do(lambda: self._segments.take(most))

    async def forget(self, position: int) -> None:
        """See Shelf."""
        await self._do(lambda: self._segments.forget(position))

    async def set_aside(self, position: int, record: bytes) -> str:
        """See Shelf."""
        return str(await self._do(lambda: self._segments.keep_apart(f"refused/{position:020}.json", record)))

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            await self._write_group(self._those_with_room(group))
        self._writer = None

    def _those_with_room(self, group: list[_Put]) -> list[_Put]:
        room = self._limit - self._segments.size
        fitting: list[_Put] = []
        for put in group:
            if put.size <= room:
                room -= put.size
                fitting.append(put)
            else:
                _fail(put, "The spool is full.")
        return fitting

    async def _write_group(self, group: list[_Put]) -> None:
        if not group:
            return
        records = [record for put in group for record in put.records]
        try:
            await self._do(lambda: self._segments.append(records))
        except Exception as fault:
            for put in group:
                _fail(put, f"The disk refused it: {fault}")
        else:
            for put in group:
                if not put.done.done():
                    put.done.set_result(None)

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _fail(put: _Put, why: str) -> None:
    if not put.done.done():
        put.done.set_exception(SpoolFull(why))
