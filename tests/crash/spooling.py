"""The spool of a node that dies: the real files, and a disk whose calls are points, too. Each write comes in two halves,
so that a node can also die between them."""

import asyncio
from collections.abc import Awaitable, Callable

from sim.evidence import Accepted
from tests.crash.points import AFTER, BEFORE, Course, Died
from tests.crash.story import Step, World
from watchbill.engine.facts import Fact
from watchbill.runtime.drain import Drain, encode
from watchbill.runtime.segments import Disk
from watchbill.runtime.shelf import FileShelf

LIMIT = 1 << 20  # bytes
MOST_STEPS = 20


class CountedDisk(Disk):
    """`died`: called, in the thread of the disk, when the node died here."""

    def __init__(self, course: Course, died: Callable[[], None]) -> None:
        self._course = course
        self._died = died

    def write(self, file: int, data: memoryview) -> int:
        """Writes the first half."""
        return self._passing("write to the spool", lambda: super(CountedDisk, self).write(file, _half_of(data)))

    def sync(self, file: int) -> None:
        """Waits for the disk. Nobody pulls its plug here, so there is nothing to wait for."""
        self._passing("sync the spool", lambda: 0)

    def cut(self, file: int, length: int) -> None:
        """Cuts a file."""
        self._passing("cut the spool", lambda: super(CountedDisk, self).cut(file, length) or 0)

    def _passing(self, what: str, call: Callable[[], int]) -> int:
        try:
            self._course.passes(BEFORE, what, on_wire=False)
            answer = call()
            self._course.passes(AFTER, what, on_wire=False)
        except Died:
            self._died()
            raise
        return answer


def spools(*facts: Fact) -> Step:
    """The database is away, and a monitor hands these in."""

    def step(world: World) -> None:
        async def put(shelf: FileShelf) -> None:
            await shelf.put([encode(fact) for fact in facts])

        _with_shelf(world, put)
        world.outside.accepted.extend(Accepted(world.outside.now, fact, spooled=True) for fact in facts)
        world.hears()

    return step


def drains() -> Step:
    """The database is back, and the node hands in what it has kept."""

    def step(world: World) -> None:
        async def drain(shelf: FileShelf) -> None:
            work = Drain(shelf, world.node.submit, lambda done: None)
            for _ in range(MOST_STEPS):
                if not shelf.count:
                    return
                await work.step()
            raise AssertionError(f"After {MOST_STEPS} steps {shelf.count} events are still in the spool.")

        _with_shelf(world, drain)

    return step


def _half_of(data: memoryview) -> memoryview:
    return data[: max(1, len(data) // 2)] if len(data) > 1 else data


def _with_shelf(world: World, work: Callable[[FileShelf], Awaitable[None]]) -> None:
    world.hall.run(_until_dead(world, work))


async def _until_dead(world: World, work: Callable[[FileShelf], Awaitable[None]]) -> None:
    """Opens the spool, and works on it. Where the node dies in the thread of the disk, nobody is left to say so to whoever
    waits for the disk."""
    loop, dead = asyncio.get_running_loop(), asyncio.Event()
    disk = CountedDisk(world.hall.course, lambda: loop.call_soon_threadsafe(dead.set))
    shelf = FileShelf(world.hall.spool, LIMIT, disk=disk)
    await shelf.open()
    working, dying = asyncio.ensure_future(work(shelf)), asyncio.ensure_future(dead.wait())
    await asyncio.wait({working, dying}, return_when=asyncio.FIRST_COMPLETED)
    dying.cancel()
    if not working.done():
        working.cancel()
        raise Died("In the thread of the disk.")
    working.result()
    await shelf.close()
