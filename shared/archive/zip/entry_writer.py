"""Puts a spooled stream into a ZIP as an entry."""

from __future__ import annotations

import shutil
from typing import IO, Final

from shared.archive.zip.records import DEFLATED, EntryRecord, local_header_bytes
from shared.archive.zip.segments import END_OF_STREAM, Segment, SegmentSpool, StreamTotals

_COPY_BYTES: Final = 4 * 1024**2


def append_entry(file: IO[bytes], name: str, spool: SegmentSpool, *, start: Segment | None = None) -> EntryRecord:
    """Write an entry at the file's end, from what begins it (known last) with the spool behind it."""
    head = StreamTotals() if start is None else StreamTotals().followed_by(start)
    totals = head.followed_by(spool.totals)
    deflated_bytes = totals.deflated_bytes + len(END_OF_STREAM)
    offset = file.tell()
    file.write(local_header_bytes(name, crc=totals.crc, deflated_bytes=deflated_bytes, size=totals.bytes))
    data_offset = file.tell()
    if start is not None:
        file.write(start.data)
    shutil.copyfileobj(spool.rewind(), file, _COPY_BYTES)
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
