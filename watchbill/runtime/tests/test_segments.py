"""The files of the spool on a real disk: crashes at every byte, damage, and disks that are full or broken."""

import errno
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from watchbill.runtime.records import HEAD, MARK, Damage, Record, frame, read
from watchbill.runtime.segments import Disk, Segments

THREE = [b'{"n":1}', b'{"n":2}', b'{"n":3}' + b" " * 90]


@contextmanager
def opened(folder: Path, disk: Disk | None = None, *, segment_bytes: int = 8 << 20) -> Iterator[Segments]:
    """As one node has it; at the end that node is gone."""
    segments = Segments(folder, disk, segment_bytes=segment_bytes)
    segments.open()
    yield segments
    segments.close()


def contents(segments: Segments, most: int = 1000) -> list[bytes]:
    return [content for _, content in segments.take(most)]


def only_file(folder: Path) -> Path:
    (path,) = folder.glob("*.spool")
    return path


def drain(segments: Segments) -> list[bytes]:
    """Everything, in order, batch after batch."""
    found: list[bytes] = []
    while taken := segments.take(2):
        found += [content for _, content in taken]
        segments.forget(taken[-1][0])
    return found


def test_what_was_put_is_there_after_a_crash_in_its_order(tmp_path: Path) -> None:
    with opened(tmp_path) as first:
        first.append(THREE[:2])
        first.append(THREE[2:])
    with opened(tmp_path) as second:
        assert (second.count, contents(second)) == (3, THREE)
        second.append([b"4"])
        assert contents(second) == [*THREE, b"4"]


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    with opened(folder) as segments:
        segments.append(THREE)
        segments.keep_apart("refused/1.json", b"{}")
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE((folder / "refused").stat().st_mode) == 0o700


def test_two_nodes_never_use_one_folder(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(BlockingIOError):
        Segments(tmp_path).open()


def test_an_opening_that_fails_leaves_nothing_open(tmp_path: Path) -> None:
    (tmp_path / f"{0:020}.spool").mkdir()  # nothing that could be read
    before = len(os.listdir("/proc/self/fd"))
    segments = Segments(tmp_path)
    for _ in range(5):
        with pytest.raises(IsADirectoryError):
            segments.open()
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_is_forgotten_never_comes_again_and_its_files_are_gone(tmp_path: Path) -> None:
    with opened(tmp_path, segment_bytes=1) as segments:
        for content in THREE:
            segments.append([content])
        assert len(list(tmp_path.glob("*.spool"))) == 3
        position = segments.take(2)[1][0]
        segments.forget(position)
        assert (segments.count, len(list(tmp_path.glob("*.spool")))) == (1, 1)
        assert segments.size == only_file(tmp_path).stat().st_size
    with opened(tmp_path) as again:
        assert contents(again) == THREE[2:]
        again.forget(again.take(9)[0][0])
        assert (again.count, again.size, list(tmp_path.glob("*.spool"))) == (0, 0, [])
    with opened(tmp_path) as empty:
        assert contents(empty) == []
        empty.append([b"next"])
        assert contents(empty) == [b"next"]


def test_a_crash_between_the_commit_and_the_forgetting_only_repeats(tmp_path: Path) -> None:
    with opened(tmp_path) as segments:
        segments.append(THREE)
        segments.take(2)
    with opened(tmp_path) as again:
        assert contents(again) == THREE


@pytest.mark.parametrize("written", [b"", b"\0" * 12, b"\xff" * 12, b"\1" * 5])
def test_a_marker_that_cannot_be_read_only_repeats(tmp_path: Path, written: bytes) -> None:
    with opened(tmp_path) as segments:
        segments.append(THREE)
        segments.forget(segments.take(2)[1][0])
    (tmp_path / "drained").write_bytes(written)
    with opened(tmp_path) as again:
        assert contents(again) == THREE


def test_records_are_never_skipped_for_a_file_that_is_shorter_than_what_was_drained(tmp_path: Path) -> None:
    """A disk that lied about a sync: the drained position lies behind the end of the file."""
    with opened(tmp_path) as segments:
        segments.append(THREE)
        segments.forget(segments.take(2)[1][0])
    os.truncate(only_file(tmp_path), 3)
    with opened(tmp_path) as again:
        again.append([b"a", b"b"])
        assert contents(again) == [b"a", b"b"]
    with opened(tmp_path) as later:
        assert contents(later) == [b"a", b"b"]


def test_a_tail_torn_at_any_byte_is_cut_off_and_the_rest_is_whole(tmp_path: Path) -> None:
    with opened(tmp_path / "whole") as segments:
        segments.append(THREE)
    whole = only_file(tmp_path / "whole").read_bytes()
    starts = [0, len(frame(THREE[0])), len(frame(THREE[0])) + len(frame(THREE[1])), len(whole)]
    for cut in range(len(whole)):
        folder = tmp_path / str(cut)
        folder.mkdir()
        (folder / f"{0:020}.spool").write_bytes(whole[:cut])
        good = max(start for start in starts if start <= cut)
        with opened(folder) as again:
            assert again.count == starts.index(good)
            assert contents(again) == THREE[: starts.index(good)]
            again.append([b"new"])
            assert drain(again) == [*THREE[: starts.index(good)], b"new"]
        assert not list(folder.glob("*.bad")), "nobody was told that the torn one was taken"


def test_zeros_that_a_file_system_left_at_the_end_are_cut_off_too(tmp_path: Path) -> None:
    last = frame(THREE[2])
    for kept in range(len(last)):
        folder = tmp_path / str(kept)
        folder.mkdir()
        (folder / f"{0:020}.spool").write_bytes(frame(THREE[0]) + last[:kept] + b"\0" * (len(last) - kept))
        with opened(folder) as again:
            assert drain(again) == THREE[:1]
        assert not list(folder.glob("*.bad"))


def test_a_flipped_bit_at_any_byte_costs_one_record_at_most_and_its_file_is_kept(tmp_path: Path) -> None:
    with opened(tmp_path / "whole") as segments:
        segments.append(THREE)
    path = only_file(tmp_path / "whole")
    whole = path.read_bytes()
    second = range(len(frame(THREE[0])), len(frame(THREE[0])) + len(frame(THREE[1])))
    for place in second:
        folder = tmp_path / str(place)
        folder.mkdir()
        (folder / path.name).write_bytes(whole[:place] + bytes([whole[place] ^ 0x20]) + whole[place + 1 :])
        with opened(folder) as again:
            again.append([b"new"])
            assert drain(again) == [THREE[0], THREE[2], b"new"]
            assert again.count == 0
        (bad,) = folder.glob("*.bad")
        assert len(bad.read_bytes()) >= len(whole) and not list(folder.glob("*.spool"))


def test_a_last_record_whose_bytes_are_damaged_is_kept_for_people(tmp_path: Path) -> None:
    with opened(tmp_path) as segments:
        segments.append(THREE[:2])
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with opened(tmp_path) as again:
        assert drain(again) == THREE[:1]
        assert (again.count, again.size) == (0, 0)
    assert list(tmp_path.glob("*.bad"))


def test_damage_that_comes_while_the_node_runs_is_passed_over(tmp_path: Path) -> None:
    with opened(tmp_path) as segments:
        segments.append(THREE)
        path = only_file(tmp_path)
        whole = bytearray(path.read_bytes())
        whole[2] ^= 1
        path.write_bytes(whole)
        assert drain(segments) == THREE[1:]
        assert segments.count == 0
    assert list(tmp_path.glob("*.bad"))


def test_a_file_that_is_gone_does_not_block_the_others(tmp_path: Path) -> None:
    with opened(tmp_path, segment_bytes=1) as segments:
        for content in THREE:
            segments.append([content])
        sorted(tmp_path.glob("*.spool"))[1].unlink()
        assert drain(segments) == [THREE[0], THREE[2]]
        assert segments.count == 0


@contextmanager
def files_no_longer_than(length: int) -> Iterator[None]:
    """The kernel refuses what goes past it, with a part written: EFBIG, as a full disk does with ENOSPC."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", range(0, 130, 13))
def test_a_disk_with_no_room_keeps_nothing_of_what_it_refuses_and_all_of_what_it_took(
    tmp_path: Path, room: int
) -> None:
    with opened(tmp_path) as segments:
        segments.append([b"before"])
        with files_no_longer_than(len(frame(b"before")) + room), pytest.raises(OSError, match="File too large"):
            segments.append(THREE)
        assert only_file(tmp_path).read_bytes() == frame(b"before")
        assert (segments.count, contents(segments)) == (1, [b"before"])
        segments.append([b"after"])
    with opened(tmp_path) as again:
        assert contents(again) == [b"before", b"after"]


class Broken(Disk):
    """A disk that is told what goes wrong. `faults`: the next calls of each kind that fail."""

    def __init__(self) -> None:
        self.faults: dict[str, int] = {}

    def _fail(self, name: str, number: int) -> None:
        if self.faults.get(name, 0):
            self.faults[name] -= 1
            raise OSError(number, os.strerror(number))

    def write(self, file: int, data: memoryview) -> int:
        if self.faults.get("write"):
            super().write(file, data[: len(data) // 2])
        self._fail("write", errno.ENOSPC)
        return super().write(file, data[: max(1, len(data) // 3)])

    def sync(self, file: int) -> None:
        self._fail("sync", errno.EIO)
        super().sync(file)

    def cut(self, file: int, length: int) -> None:
        self._fail("cut", errno.EIO)
        super().cut(file, length)


@pytest.mark.parametrize("call", ["write", "sync"])
@pytest.mark.parametrize("first", [True, False])
def test_after_a_failed_write_or_sync_that_file_is_cut_and_not_written_to_again(
    tmp_path: Path, call: str, first: bool
) -> None:
    disk = Broken()
    kept = [] if first else [b"before"]
    with opened(tmp_path, disk) as segments:
        if kept:
            segments.append(kept)
        disk.faults[call] = 1
        with pytest.raises(OSError, match=r"No space|Input/output"):
            segments.append([b"refused"])
        segments.append([b"after"])
        assert contents(segments) == [*kept, b"after"]
        assert len(list(tmp_path.glob("*.spool"))) == len(kept) + 1
    with opened(tmp_path) as again:
        assert drain(again) == [*kept, b"after"]


def test_what_could_not_be_cut_back_may_come_as_a_repetition_and_hides_nothing(tmp_path: Path) -> None:
    disk = Broken()
    with opened(tmp_path, disk) as segments:
        segments.append([b"before"])
        disk.faults |= {"sync": 1, "cut": 1}
        with pytest.raises(OSError, match=r"No space|Input/output"):
            segments.append([b"refused", b"refused too"])
        segments.append([b"after"])
        assert contents(segments) == [b"before", b"after"]
    with opened(tmp_path) as again:
        assert drain(again) == [b"before", b"refused", b"refused too", b"after"]


def test_a_marker_that_cannot_be_written_does_not_stop_the_drain(tmp_path: Path) -> None:
    disk = Broken()
    with opened(tmp_path, disk) as segments:
        segments.append(THREE)
        disk.faults["sync"] = 1
        assert drain(segments) == THREE


def test_reading_covers_every_byte_and_finds_its_way_again() -> None:
    data = b"rubbish" + frame(b"one") + MARK + b"more rubbish" + frame(b"two") + frame(b"three")[:-1]
    found = list(read(data))
    assert [one.content for one in found if isinstance(one, Record)] == [b"one", b"two"]
    damage = [one for one in found if isinstance(one, Damage)]
    assert [one.torn for one in damage] == [False, False, True]
    assert sum(one.end - one.start for one in damage) + 2 * HEAD.size + len(b"onetwo") == len(data)
