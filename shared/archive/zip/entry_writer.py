"""Writes the entries of a ZIP."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from shared.archive.zip.records import DEFLATED, EntryRecord, local_header_bytes
from shared.archive.zip.segments import END_OF_STREAM, StreamTotals


def append_entry(file: IO[bytes], name: str, totals: StreamTotals, pieces: Iterable[bytes]) -> EntryRecord:
    """Write an entry at the file's end, flushed, so that it can be read back by the file's path at once.

    `pieces` are the deflated segments that `totals` sum up, in their order and cut anywhere. Raises: OSError.
    """
    deflated_bytes = totals.deflated_bytes + len(END_OF_STREAM)
    offset = file.tell()
    file.write(local_header_bytes(name, crc=totals.crc, deflated_bytes=deflated_bytes, size=totals.bytes))
    data_offset = file.tell()
    file.writelines(pieces)
    file.write(END_OF_STREAM)
    file.flush()
    return EntryRecord(
        name=name,
        method=DEFLATED,
        crc=totals.crc,
        deflated_bytes=deflated_bytes,
        bytes=totals.bytes,
        offset=offset,
        data_offset=data_offset,
    )
