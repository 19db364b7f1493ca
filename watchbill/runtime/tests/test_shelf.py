"""The shelf of files as the node sees it: who arrives while a sync runs goes with the next, and a full one says so."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from watchbill.runtime.records import frame
from watchbill.runtime.segments import Disk
from watchbill.runtime.shelf import FileShelf, SpoolFull


class SlowDisk(Disk):
    """A disk whose syncs wait until `gate` is set. `syncs`: how many there were."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.syncs = 0

    def sync(self, file: int) -> None:
        self.gate.wait()
        self.syncs += 1
        super().sync(file)


@pytest.fixture
async def disk() -> AsyncIterator[SlowDisk]:
    made = SlowDisk()
    yield made
    made.gate.set()


async def test_what_arrives_during_a_sync_shares_the_next_one(tmp_path: Path, disk: SlowDisk) -> None:
    shelf = FileShelf(tmp_path, 1 << 20, disk=disk)
    disk.gate.clear()
    puts = [asyncio.ensure_future(shelf.put([b"%d" % number])) for number in range(100)]
    for _ in range(3):
        await asyncio.sleep(0)
    more = [asyncio.ensure_future(shelf.put([b"%d" % number])) for number in range(100, 200)]
    await asyncio.sleep(0)
    assert not any(put.done() for put in puts), "nobody is told before the disk has it"
    disk.gate.set()
    await asyncio.gather(*puts, *more)
    assert disk.syncs <= 3
    assert [content for _, content in await shelf.take(1000)] == [b"%d" % number for number in range(200)]
    assert shelf.count == 200
    await shelf.close()


async def test_a_full_shelf_refuses_and_takes_again_when_it_is_drained(tmp_path: Path) -> None:
    record = b"x" * 1000
    shelf = FileShelf(tmp_path, len(frame(record)) * 3, segment_bytes=1)
    for _ in range(3):
        await shelf.put([record])
    with pytest.raises(SpoolFull):
        await shelf.put([b"y"])
    assert (shelf.count, shelf.size) == (3, shelf.limit)
    await shelf.forget((await shelf.take(1))[0][0])
    await shelf.put([record])
    with pytest.raises(SpoolFull):
        await shelf.put([record, record])
    assert shelf.count == 3, "a request is kept whole or not at all"
    await shelf.close()


async def test_a_shelf_without_room_is_off(tmp_path: Path) -> None:
    shelf = FileShelf(tmp_path, 0)
    with pytest.raises(SpoolFull):
        await shelf.put([b"x"])
    await shelf.close()


async def test_a_folder_that_cannot_be_made_refuses(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("in the way")
    shelf = FileShelf(tmp_path / "spool", 1 << 20)
    with pytest.raises(FileExistsError):
        await shelf.open()
    with pytest.raises(SpoolFull):
        await shelf.put([b"x"])
    (tmp_path / "spool").unlink()
    await shelf.put([b"x"])
    assert shelf.count == 1
    await shelf.close()


async def test_after_the_close_nothing_is_taken(tmp_path: Path) -> None:
    shelf = FileShelf(tmp_path, 1 << 20)
    await shelf.close()
    with pytest.raises(SpoolFull):
        await shelf.put([b"x"])
