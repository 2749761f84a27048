"""Checks the entries of an archive that was just written, as its bytes come back in order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from isal import isal_zlib

from shared.archive.limits import MIB
from shared.archive.zip.records import EntryRecord, local_header_bytes
from shared.concurrency.stoppable import go_on
from shared.errors import VerificationError

_PIECE_BYTES: Final = MIB
_DAMAGED: Final = cast("type[Exception]", isal_zlib.IsalError)


class EntriesCheck:
    """Takes the bytes of entries that stand one after another, from the archive's first byte on."""

    def __init__(self, records: Sequence[EntryRecord], place: str) -> None:
        """`place` is what messages call the archive."""
        self._place = place
        self._left = iter(sorted(records, key=lambda each: each.offset))
        self._current = self._open_next()
        self._hashes: dict[str, str] = {}

    def _open_next(self) -> _EntryCheck | None:
        record = next(self._left, None)
        return None if record is None else _EntryCheck(record)

    def feed(self, content: bytes) -> None:
        """Take more bytes. Slow, so called in a thread. Raises: VerificationError."""
        pending = memoryview(content)
        while pending:
            if self._current is None:
                raise self._odd()
            try:
                pending = self._current.feed(pending)
            except (_DAMAGED, ValueError) as error:
                raise self._odd() from error
            if self._current.is_over:
                self._hashes[self._current.record.name] = self._current.hexdigest
                self._current = self._open_next()

    def finish(self) -> Mapping[str, str]:
        """Return the SHA-256 of each entry's content. Raises: VerificationError unless all has come."""
        if self._current is not None:
            raise self._odd()
        return self._hashes

    def _odd(self) -> VerificationError:
        return VerificationError(
            f"{self._place} read back differs from what was written; check what archives are kept on."
        )


class _EntryCheck:
    """One entry: its header, then its deflate stream. Raises: ValueError, what the library of deflate raises."""

    def __init__(self, record: EntryRecord) -> None:
        self.record = record
        self._header = local_header_bytes(
            record.name, crc=record.crc, deflated_bytes=record.deflated_bytes, size=record.bytes
        )
        self._left = record.deflated_bytes
        self._inflater = isal_zlib.decompressobj(wbits=-15)
        self._sha256 = hashlib.sha256()
        self._crc = self._bytes = 0

    @property
    def is_over(self) -> bool:
        return not self._header and not self._left

    @property
    def hexdigest(self) -> str:
        return self._sha256.hexdigest()

    def feed(self, content: memoryview) -> memoryview:
        """Take what is of this entry; return the rest."""
        size = min(len(self._header), len(content))
        if self._header[:size] != content[:size]:
            raise ValueError("another local header")
        self._header, content = self._header[size:], content[size:]
        if self._header:
            return content
        size = min(self._left, len(content))
        self._left -= size
        for piece in self._inflate(bytes(content[:size])):
            go_on()
            self._bytes += len(piece)
            self._crc = isal_zlib.crc32(piece, self._crc)
            self._sha256.update(piece)
        if not self._left:
            self._settle()
        return content[size:]

    def _inflate(self, pending: bytes) -> Iterator[bytes]:
        while pending and not self._inflater.eof:
            yield self._inflater.decompress(pending, _PIECE_BYTES)
            pending = self._inflater.unconsumed_tail
        if pending or self._inflater.unused_data:
            raise ValueError("bytes after the stream")
        while not self._inflater.eof and (piece := self._inflater.decompress(b"", _PIECE_BYTES)):
            yield piece

    def _settle(self) -> None:
        if (self._inflater.eof, self._crc, self._bytes) != (True, self.record.crc, self.record.bytes):
            raise ValueError("another content")
