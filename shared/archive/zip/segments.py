"""Deflate in segments that are compressed apart, then joined to one stream."""

from __future__ import annotations

import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from isal import isal_zlib

from shared.archive.limits import MIB

SEGMENT_BYTES: Final = MIB
"""Cut by bytes, not by batches, so that the same graph gives the same archive."""
_LEVEL: Final = 1
"""1 300 MB/s at nearly zlib's ratio of level 1."""
_RAW: Final = -15
_HIGHEST_RATIO: Final = 100
"""A segment that shrinks more is stored: readers take a higher ratio for an attack."""
END_OF_STREAM: Final = b"\x03\x00"
"""An empty last block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of a deflate stream: it ends on a byte, it refers to nothing before it."""

    data: bytes
    crc: int
    bytes: int


def deflate_segment(content: bytes) -> Segment:
    """Deflate a piece. Releases the interpreter for most of its time."""
    data = _deflate(isal_zlib.compressobj(_LEVEL, wbits=_RAW), content)
    if len(data) * _HIGHEST_RATIO < len(content):
        data = _deflate(zlib.compressobj(0, wbits=_RAW), content)
    return Segment(data=data, crc=isal_zlib.crc32(content), bytes=len(content))


def _deflate(compressor: isal_zlib.Compress | zlib._Compress, content: bytes) -> bytes:
    return compressor.compress(content) + compressor.flush(zlib.Z_FULL_FLUSH)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTotals:
    """What a ZIP entry must know of segments that stand one after another."""

    crc: int = 0
    bytes: int = 0
    deflated_bytes: int = 0

    def followed_by(self, other: Segment | StreamTotals) -> StreamTotals:
        """Return the totals of both together."""
        deflated = other.deflated_bytes if isinstance(other, StreamTotals) else len(other.data)
        return StreamTotals(
            crc=isal_zlib.crc32_combine(self.crc, other.crc, other.bytes),
            bytes=self.bytes + other.bytes,
            deflated_bytes=self.deflated_bytes + deflated,
        )


class SegmentCutter:
    """Content on its way into segments."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def append(self, content: bytes) -> None:
        """Take content; `take` gives it back in segments."""
        self._pending += content

    @property
    def is_full(self) -> bool:
        """Whether a whole segment waits."""
        return len(self._pending) >= SEGMENT_BYTES

    def take(self) -> bytes:
        """Take the next segment's content out; the rest where there is no whole one."""
        with memoryview(self._pending) as pending:
            content = bytes(pending[:SEGMENT_BYTES])
        del self._pending[:SEGMENT_BYTES]
        return content


def open_spool(path: Path) -> IO[bytes]:
    """Open a nameless file next to the archive: its copy then stays on one volume, its space is counted there."""
    return tempfile.TemporaryFile(dir=path.resolve().parent)
