"""A file of which only some ranges are here: who reads on learns which one is wanted, and begins anew with it.

So no thread waits for the network. Whoever wants many ranges is better off with the whole.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from typing import IO, Final, Literal

from typing_extensions import Buffer, override

BLOCK_BYTES: Final = 64 * 1024
TAIL_BYTES: Final = 256 * 1024
"""Read first: the directory of a ZIP, and a manifest, which is the last entry of an archive of ours."""
MOST_BLOCKS: Final = 16
"""Of one range."""
MOST_RANGES: Final = 32
MOST_BYTES: Final = 8 * 1024**2


class RangeWantedError(Exception):
    """A range that is not here."""

    def __init__(self, wanted: range) -> None:
        super().__init__(wanted)
        self.wanted = wanted


class PartialFile:
    """Implements Readable."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._blocks: dict[int, bytes] = {}
        self._ranges = 0
        self._bytes = 0

    def first_ranges(self) -> Sequence[range]:
        """Return what nearly everybody wants: the end, and the beginning where that is elsewhere."""
        tail = range(max(0, self.size - TAIL_BYTES) // BLOCK_BYTES * BLOCK_BYTES, self.size)
        return [each for each in (range(min(BLOCK_BYTES, tail.start)), tail) if each]

    def may_want(self, wanted: range) -> bool:
        """Whether one range more is still better than the whole."""
        return self._ranges < MOST_RANGES and self._bytes + len(wanted) <= MOST_BYTES

    def put(self, start: int, content: bytes) -> None:
        """Take what was read of a range, which begins with a block."""
        self._ranges += 1
        self._bytes += len(content)
        for offset in range(0, len(content), BLOCK_BYTES):
            self._blocks[(start + offset) // BLOCK_BYTES] = content[offset : offset + BLOCK_BYTES]

    def read_at(self, place: int, length: int) -> bytes:
        """Return some bytes, fewer than asked for at the end of a block. Raises: RangeWantedError."""
        number, offset = divmod(place, BLOCK_BYTES)
        if place >= self.size:
            return b""
        if number not in self._blocks:
            start = number * BLOCK_BYTES
            raise RangeWantedError(range(start, min(start + self._run_before(number) * BLOCK_BYTES, self.size)))
        return self._blocks[number][offset : offset + length]

    def _run_before(self, number: int) -> int:
        """Return how many blocks stop at this one: who has read on and on gets as much again."""
        return next(
            each for each in range(1, MOST_BLOCKS + 1) if each == MOST_BLOCKS or number - each not in self._blocks
        )

    def open(self, mode: Literal["rb"], /) -> IO[bytes]:
        """Open it at its beginning."""
        del mode
        return io.BufferedReader(_Cursor(self))


class _Cursor(io.RawIOBase):
    """A place in such a file."""

    def __init__(self, file: PartialFile) -> None:
        super().__init__()
        self._file = file
        self._place = 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def tell(self) -> int:
        return self._place

    @override
    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        beginning = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._file.size}[whence]
        self._place = max(0, beginning + offset)
        return self._place

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        room = memoryview(buffer)
        content = self._file.read_at(self._place, len(room))
        room[: len(content)] = content
        self._place += len(content)
        return len(content)
