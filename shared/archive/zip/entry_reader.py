"""Reads one entry, inflated in bounded pieces and checked while it streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from isal import isal_zlib

from shared.archive.limits import MIB
from shared.archive.zip.records import DEFLATED, EntryRecord
from shared.concurrency.stoppable import go_on
from shared.errors import InvalidArchiveError
from shared.ports.contents import Readable

PIECE_BYTES: Final = MIB
_DAMAGED: Final = cast("type[Exception]", isal_zlib.IsalError)
_READ_BYTES: Final = 256 * 1024


def read_pieces(path: Readable, entry: EntryRecord) -> Iterator[bytes]:
    """Yield an entry's content.

    Raises: InvalidArchiveError when the stream is damaged, longer or shorter than declared, or its CRC is wrong.
    """
    crc = size = 0
    is_deflated = entry.method == DEFLATED
    span = {"offset": entry.data_offset, "deflated_bytes": entry.deflated_bytes}
    pieces = inflate(path, entry.name, **span) if is_deflated else _raw(path, **span)
    for piece in pieces:
        size += len(piece)
        if size > entry.bytes:
            raise InvalidArchiveError(f"More bytes than the {entry.bytes} declared.", entry=entry.name)
        crc = isal_zlib.crc32(piece, crc)
        go_on()
        yield piece
    if size != entry.bytes:
        raise InvalidArchiveError(f"{size} bytes instead of the {entry.bytes} declared.", entry=entry.name)
    if crc != entry.crc:
        raise InvalidArchiveError("The checksum (CRC) is wrong: the content is damaged.", entry=entry.name)


def _raw(path: Readable, *, offset: int, deflated_bytes: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(offset)
        left = deflated_bytes
        while left and (piece := file.read(min(left, _READ_BYTES))):
            left -= len(piece)
            yield piece


def inflate(path: Readable, name: str, *, offset: int, deflated_bytes: int) -> Iterator[bytes]:
    """Yield what the deflate stream of a file holds.

    Raises: InvalidArchiveError, which calls it by the name, unless the stream ends where its bytes do.
    """
    inflater = isal_zlib.decompressobj(wbits=-15)
    try:
        for deflated in _raw(path, offset=offset, deflated_bytes=deflated_bytes):
            pending = deflated
            while pending and not inflater.eof:
                yield inflater.decompress(pending, PIECE_BYTES)
                pending = inflater.unconsumed_tail
            if pending or inflater.unused_data:
                raise InvalidArchiveError("Bytes after the end of the deflate stream.", entry=name)
        while not inflater.eof and (piece := inflater.decompress(b"", PIECE_BYTES)):
            yield piece
    except _DAMAGED as error:
        raise InvalidArchiveError(f"The deflate stream is damaged: {error}.", entry=name) from error
    if not inflater.eof:
        raise InvalidArchiveError("The deflate stream is cut off.", entry=name)
