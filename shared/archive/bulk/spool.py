"""Pieces of many CSV files in one nameless file, deflated as they come."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Final

from shared.archive.zip.segments import StreamTotals, deflate_segment

_RAW: Final = -15


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of one CSV file, of whole rows."""

    offset: int
    totals: StreamTotals
    array_delimiter: str
    """What its lists were joined with; in no other place of it."""


class BulkSpool:
    """Takes pieces in any order of files, gives each back deflated."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._end = 0
        self.bytes = 0
        """What all pieces take inflated."""

    @property
    def deflated_bytes(self) -> int:
        """How much of the volume it takes."""
        return self._end

    def store(self, content: bytes, array_delimiter: str) -> Piece:
        """Deflate a piece into the file. Slow, so called in a thread, one at a time. Raises: OSError."""
        segment = deflate_segment(content)
        self._file.seek(self._end)
        self._file.write(segment.data)
        piece = Piece(offset=self._end, totals=StreamTotals().followed_by(segment), array_delimiter=array_delimiter)
        self._end += len(segment.data)
        self.bytes += len(content)
        return piece

    def read(self, piece: Piece) -> bytes:
        """Return a piece as it stands in the ZIP, deflated."""
        self._file.seek(piece.offset)
        return self._file.read(piece.totals.deflated_bytes)

    def read_text(self, piece: Piece) -> str:
        """Return a piece inflated."""
        return zlib.decompressobj(_RAW).decompress(self.read(piece)).decode()

    def rejoin(self, piece: Piece, array_delimiter: str) -> Piece:
        """Store a piece again, its lists joined by another delimiter. Raises: OSError."""
        text = self.read_text(piece).replace(piece.array_delimiter, array_delimiter)
        return self.store(text.encode(), array_delimiter)


def characters_beside_delimiters(spool: BulkSpool, pieces: Sequence[Piece]) -> set[str]:
    """Return every character of the data: what no array delimiter can be."""
    seen: set[str] = set()
    for piece in pieces:
        seen |= set(spool.read_text(piece)) - {piece.array_delimiter}
    return seen
