"""Lays out the first WAL segments before the server runs, so that no commit ever waits for one to be written."""

import ctypes
import mmap
import os
import shutil
from pathlib import Path

SEGMENT_BYTES = 16 * 1024 * 1024
SPARE_SEGMENTS = 16
"""256 MB: what a storm writes before the first checkpoint recycles segments. README.md says what it costs."""


def lay_out_segments(cluster: Path, *, count: int) -> int:
    """Adds `count` zero-filled segments behind the last one; returns how many. The server must not run.

    PostgreSQL uses a segment that is already there instead of creating it, keeps
    segments that lie ahead at every checkpoint, and takes zeros for the end of the WAL
    when it recovers. Without them every 16 MB of a young cluster cost a stall.

    On a nearly full disk nothing is laid out: room for data comes first.
    """
    folder = cluster / "pg_wal"
    if shutil.disk_usage(folder).free < 4 * count * SEGMENT_BYTES:
        return 0
    last = max(name for name in os.listdir(folder) if len(name) == 24)
    timeline, log, segment = (int(last[at : at + 8], 16) for at in (0, 8, 16))
    # A segment number is split over two fields: 256 segments of 16 MB make one "log" of 4 GB.
    number = log * 256 + segment
    with mmap.mmap(-1, SEGMENT_BYTES) as zeros:
        for ahead in range(number + 1, number + 1 + count):
            _write_segment(folder / f"{timeline:08X}{ahead // 256:08X}{ahead % 256:08X}", zeros)
    return count


def _write_segment(path: Path, zeros: mmap.mmap) -> None:
    """Really writes the zeros: blocks that are only reserved make each first flush of them a change of metadata."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        # Past the page cache: eight times as quick here, and no 256 MB of zeros in a container's memory account.
        descriptor = os.open(path, flags | os.O_DIRECT, 0o600)
    except OSError:
        path.unlink(missing_ok=True)  # a file system without O_DIRECT may have created it before it said so
        descriptor = os.open(path, flags, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, SEGMENT_BYTES)
        if os.write(descriptor, zeros) != SEGMENT_BYTES:
            raise OSError(f"short write to {path}")
    finally:
        os.close(descriptor)


def flush_file_system(folder: Path) -> None:
    """Makes everything written below `folder` durable: one barrier instead of an fsync for each of a thousand files."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"syncfs: {os.strerror(number)}", str(folder))
    finally:
        os.close(descriptor)
