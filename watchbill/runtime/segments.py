"""The files of a spool on disk. Blocking, and for one thread at a time; `shelf.py` is what the node sees of it.

A segment is named for the position at which it begins; positions only grow. What is drained is kept as one position.
"""

import errno
import fcntl
import os
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path

import structlog
from msgspec import Struct

from watchbill.runtime.records import Damage, Record, frame, read

SEGMENT_BYTES = 8 << 20
TAKEN_BYTES = 4 << 20  # of one `take`, unless a single record is longer
ENDING, BAD = ".spool", ".bad"
_POSITION = struct.Struct("<Q")
_DRAINED = struct.Struct("<QI")  # a position and its checksum

log = structlog.get_logger()


class Disk:
    """The calls that fail on a full or a broken disk; tests put others in their place."""

    def write(self, file: int, data: memoryview) -> int:
        """See os.write."""
        return os.write(file, data)

    def sync(self, file: int) -> None:
        """See os.fdatasync."""
        os.fdatasync(file)

    def cut(self, file: int, length: int) -> None:
        """See os.ftruncate."""
        os.ftruncate(file, length)


class _Segment(Struct):
    """One file. `base`: the position at which it begins. `length`: bytes of it that are safe."""

    path: Path
    base: int
    length: int = 0
    damaged: bool = False

    @property
    def end(self) -> int:
        return self.base + self.length


class Segments:
    """The files in `folder`. `count`: records that are not forgotten. `size`: bytes that the files take."""

    def __init__(self, folder: Path, disk: Disk | None = None, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.folder = folder
        self.count = 0
        self.size = 0
        self._disk = disk or Disk()
        self._segment_bytes = segment_bytes
        self._segments: list[_Segment] = []
        self._next = 0
        self._drained = 0
        self._taken: list[int] = []
        self._writing: int | None = None
        self._marker = -1
        self._lock: int | None = None

    def open(self) -> None:
        """Takes in what an earlier node has left. Raises OSError where the folder cannot be used, or another process
        uses it."""
        if self._lock is not None:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = _open(self.folder / "lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._marker = _open(self.folder / "drained")
            self._take_in()
            self._keep_position()  # it has its place on the disk before that is full
        except BaseException:  # it is tried again and again, so nothing may stay open
            os.close(lock)
            if self._marker >= 0:
                os.close(self._marker)
                self._marker = -1
            raise
        self._lock = lock

    def close(self) -> None:
        """Lets go of the folder; what is in it stays."""
        if self._lock is None:
            return
        self._end_segment()
        os.close(self._marker)
        os.close(self._lock)
        self._marker, self._lock = -1, None

    def append(self, contents: Sequence[bytes]) -> None:
        """Writes the records and waits for the disk. Raises OSError, and then none of them is kept."""
        self.open()
        data = b"".join(map(frame, contents))
        segment, file = self._segment_to_write()
        try:
            self._write(file, data)
        except OSError:
            self._cut_back(segment, file, len(data))
            raise
        segment.length += len(data)
        self._next = segment.end
        self.size += len(data)
        self.count += len(contents)

    def take(self, most: int) -> list[tuple[int, bytes]]:
        """The oldest records with their positions, not more than `most` and not too many bytes. They stay until they
        are forgotten. What is damaged is passed over, and its file kept in the end. Raises OSError."""
        self.open()
        taken = [(segment.base + record.end, record.content) for segment, record in self._records(most)]
        self._taken = [position for position, _ in taken]
        if not taken and self._segments:  # whatever they held is damaged
            self.forget(self._next)
        return taken

    def forget(self, position: int) -> None:
        """All records up to `position`, which were taken before, are done with. Where that cannot be written down, they
        come again after a crash, and only then."""
        done = bisect_right(self._taken, position)
        del self._taken[:done]
        self.count -= done
        self._drained = max(self._drained, position)
        for segment in [segment for segment in self._segments if segment.end <= self._drained]:
            self._remove(segment)
        if not self._segments:
            self.count = 0
        self._keep_position()

    def keep_apart(self, name: str, data: bytes) -> Path:
        """Writes `data` durably to a file of this name, which may begin with a folder, below the folder of the spool.
        Raises OSError."""
        path = self.folder / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        draft = path.with_name(f"{path.name}.new")
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            self._write(file, data)
        finally:
            os.close(file)
        draft.replace(path)
        _sync_folder(path.parent)
        return path

    def _keep_position(self) -> None:
        drained = _POSITION.pack(self._drained)
        try:
            os.pwrite(self._marker, _DRAINED.pack(self._drained, zlib.crc32(drained)), 0)
            self._disk.sync(self._marker)
        except OSError as fault:
            log.error("spool_position_not_kept", error=str(fault))

    def _write(self, file: int, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._disk.write(file, rest) :]
        self._disk.sync(file)

    def _segment_to_write(self) -> tuple[_Segment, int]:
        if self._writing is not None and self._segments[-1].length >= self._segment_bytes:
            self._end_segment()
        if self._writing is None:
            path = self.folder / f"{self._next:020}{ENDING}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
            file = os.open(path, flags, 0o600)
            try:
                _sync_folder(self.folder)
            except OSError:
                os.close(file)
                path.unlink()
                raise
            self._segments.append(_Segment(path, self._next))
            self._writing = file
        return self._segments[-1], self._writing

    def _cut_back(self, segment: _Segment, file: int, tried: int) -> None:
        """After a failed write nothing is certain of this file but what was safe before: it is not written to again."""
        try:
            self._disk.cut(file, segment.length)
        except OSError as fault:  # what was refused may lie there; no position of it is given to another record
            self._next = segment.end + tried
            log.error("spool_not_cut_back", file=segment.path.name, error=str(fault))
        self._end_segment()
        if not segment.length:
            self._remove(segment)

    def _end_segment(self) -> None:
        if self._writing is not None:
            os.close(self._writing)
            self._writing = None

    def _remove(self, segment: _Segment) -> None:
        if self._writing is not None and segment is self._segments[-1]:
            self._end_segment()
        self._segments.remove(segment)
        self.size -= segment.length
        try:
            if segment.damaged:
                segment.path.rename(segment.path.with_suffix(BAD))
            else:
                segment.path.unlink()
        except OSError as fault:  # the next start finds it drained, and tries again
            log.error("spool_file_not_removed", file=segment.path.name, error=str(fault))

    def _records(self, most: int) -> Iterator[tuple[_Segment, Record]]:
        size = 0
        for segment in self._segments:
            for record in self._read(segment):
                if not most or size > TAKEN_BYTES:
                    return
                most -= 1
                size += len(record.content)
                yield segment, record

    def _read(self, segment: _Segment) -> Iterator[Record]:
        """The records of a segment that are not drained. What is damaged is said once."""
        try:
            data = segment.path.read_bytes()[: segment.length]
        except OSError as fault:
            if fault.errno not in (errno.EIO, errno.ENOENT):
                raise
            self._is_damaged(segment, 0, segment.length, str(fault))
            return
        for found in read(data, max(0, self._drained - segment.base)):
            if isinstance(found, Record):
                yield found
            else:
                self._is_damaged(segment, found.start, found.end, "These bytes are no record.")

    def _is_damaged(self, segment: _Segment, start: int, end: int, why: str) -> None:
        if not segment.damaged:
            segment.damaged = True
            kept = segment.path.with_suffix(BAD).name
            log.error("spool_damaged", file=segment.path.name, start=start, end=end, error=why, kept_as=kept)

    def _take_in(self) -> None:
        """Counts what is there, and cuts off what was being written when the node died."""
        self._drained = self._next = _position(os.pread(self._marker, _DRAINED.size, 0))
        self._segments = []
        self.count = 0
        paths = sorted(path for path in self.folder.glob(f"*{ENDING}") if path.stem.isdecimal())
        for path in paths:
            segment = _Segment(path, int(path.stem), path.stat().st_size)
            self._next = max(self._next, segment.end)
            if path is paths[-1]:
                self._cut_torn_tail(segment)
            self._segments.append(segment)
        self.size = sum(segment.length for segment in self._segments)
        for segment in [segment for segment in self._segments if segment.end <= self._drained]:
            self._remove(segment)
        self.count = sum(1 for segment in self._segments for _ in self._read(segment))

    def _cut_torn_tail(self, segment: _Segment) -> None:
        data = segment.path.read_bytes()
        for found in read(data, max(0, self._drained - segment.base)):
            if isinstance(found, Damage) and found.torn:
                os.truncate(segment.path, found.start)
                segment.length = found.start
                log.warning("spool_tail_cut", file=segment.path.name, bytes=found.end - found.start)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _position(written: bytes) -> int:
    """What the marker says, or 0 where it says nothing sure: what is drained twice is only a repetition."""
    if len(written) != _DRAINED.size:
        return 0
    position, checksum = _DRAINED.unpack(written)
    return int(position) if zlib.crc32(written[: _POSITION.size]) == checksum else 0
