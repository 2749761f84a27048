"""The lines of a CSV table, in bounded memory."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from typing_extensions import Buffer, override

from shared.archive.zip.entry_reader import PIECE_BYTES


class RecordTooLongError(Exception):
    """A record, or a line, that would not fit into memory."""


class CsvLines:
    """The lines of a text in UTF-8, none of them nor those of one record together above a limit."""

    def __init__(self, pieces: Iterable[bytes], limit: int) -> None:
        self.last = ""
        """The line that was given last."""
        self.number = 0
        """Of the line that was given last, from 1."""
        self.record_line = 1
        """Where the current record begins."""
        self._file = io.BufferedReader(_Pieces(pieces), PIECE_BYTES)
        self._limit = limit
        self._taken_bytes = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(self._limit + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self._taken_bytes += len(line)
        if self._taken_bytes > self._limit:
            raise RecordTooLongError
        self.last = line.decode()
        return self.last

    def begin_record(self) -> None:
        """Count anew: what was given so far are complete records."""
        self._taken_bytes = 0
        self.record_line = self.number + 1


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = memoryview(b"")

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        while not self._left:
            if (piece := next(self._pieces, None)) is None:
                return 0
            self._left = memoryview(piece)
        target: Any = memoryview(buffer)
        count = min(len(target), len(self._left))
        target[:count] = self._left[:count]
        self._left = self._left[count:]
        return count
