"""How records lie in a file of the spool: a mark, a length, a checksum and the bytes, one behind the other.

The mark holds a byte that UTF-8 never has, and what is spooled is JSON: after damage the next record is found by it.
"""

import struct
import zlib
from collections.abc import Iterator

from msgspec import Struct

MARK = b"\xffWB1"
HEAD = struct.Struct("<4sII")  # mark, length of the bytes, checksum over length and bytes
_LENGTH = struct.Struct("<I")


class Record(Struct, frozen=True, gc=False):
    """A whole record. `end`: where it ends, in bytes from the start of what was read."""

    end: int
    content: bytes


class Damage(Struct, frozen=True, gc=False):
    """Bytes that are no record, from `start` to `end`. `torn`: they begin a record that was not written to its end, so
    nobody was told that it was taken."""

    start: int
    end: int
    torn: bool


def frame(content: bytes) -> bytes:
    """One record as it is written."""
    return HEAD.pack(MARK, len(content), _checksum(content)) + content


def read(data: bytes, start: int = 0) -> Iterator[Record | Damage]:
    """All that `data` holds from `start` on, in order; together they cover every byte of it."""
    while start < len(data):
        content = _content(data, start)
        if content is not None:
            start += HEAD.size + len(content)
            yield Record(start, content)
            continue
        after = _next_record(data, start)
        yield Damage(start, after, torn=after == len(data) and _is_torn(data[start:]))
        start = after


def _content(data: bytes, start: int) -> bytes | None:
    if len(data) - start < HEAD.size:
        return None
    mark, length, checksum = HEAD.unpack_from(data, start)
    begin = start + HEAD.size
    if mark != MARK or length > len(data) - begin:
        return None
    content = data[begin : begin + length]
    return content if _checksum(content) == checksum else None


def _next_record(data: bytes, start: int) -> int:
    """Where the next whole record begins, or the end."""
    while (start := data.find(MARK, start + 1)) != -1:
        if _content(data, start) is not None:
            return start
    return len(data)


def _is_torn(rest: bytes) -> bool:
    """Whether `rest` is the beginning of one record. Zeros are what a file system leaves of bytes that never came."""
    rest = rest.rstrip(b"\0")
    if len(rest) < HEAD.size:
        return rest[: len(MARK)] == MARK[: len(rest)]
    mark, length, _ = HEAD.unpack_from(rest)
    return bool(mark == MARK and length > len(rest) - HEAD.size and rest.find(MARK, 1) == -1)


def _checksum(content: bytes) -> int:
    return zlib.crc32(content, zlib.crc32(_LENGTH.pack(len(content))))
