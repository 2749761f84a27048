"""Puts spooled CSV files together into one ZIP."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from shared.archive.bulk.spool import BulkSpool
from shared.archive.bulk.tables import BulkTable
from shared.archive.zip.records import DEFLATED, EntryRecord, directory_bytes, local_header_bytes
from shared.archive.zip.segments import END_OF_STREAM, StreamTotals, deflate_segment
from shared.errors import VerificationError


class BulkPacking:
    """A ZIP that grows by whole entries."""

    def __init__(self, file: IO[bytes], spool: BulkSpool) -> None:
        self._file = file
        self._spool = spool
        self._records: list[EntryRecord] = []

    def write_text(self, name: str, text: str) -> None:
        """Append a small entry. Raises: OSError."""
        segment = deflate_segment(text.encode())
        self._write(name, StreamTotals().followed_by(segment), iter([segment.data]))

    def write_table(self, table: BulkTable) -> None:
        """Append a CSV file. Raises: OSError."""
        header = deflate_segment(table.header.encode())
        totals = StreamTotals().followed_by(header)
        for piece in table.pieces:
            totals = totals.followed_by(piece.totals)
        self._write(table.entry, totals, self._data(header.data, table))

    def _data(self, header: bytes, table: BulkTable) -> Iterator[bytes]:
        yield header
        for piece in table.pieces:
            yield self._spool.read(piece)

    def _write(self, name: str, totals: StreamTotals, data: Iterator[bytes]) -> None:
        size = totals.deflated_bytes + len(END_OF_STREAM)
        offset = self._file.tell()
        self._file.write(local_header_bytes(name, crc=totals.crc, deflated_bytes=size, size=totals.bytes))
        data_offset = self._file.tell()
        self._file.writelines(data)
        self._file.write(END_OF_STREAM)
        record = EntryRecord(
            name=name,
            method=DEFLATED,
            crc=totals.crc,
            deflated_bytes=size,
            bytes=totals.bytes,
            offset=offset,
            data_offset=data_offset,
        )
        self._records.append(record)

    def finish(self) -> None:
        """Append the directory, force all to the disk. Raises: OSError."""
        self._file.write(directory_bytes(self._records, self._file.tell()))
        self._file.flush()
        os.fsync(self._file.fileno())

    def require_readable(self, path: Path) -> None:
        """Read every entry back. Raises: VerificationError when the disk gives back something else."""
        if not _is_whole(path, [record.name for record in self._records]):
            raise VerificationError(f"{path.name} read back differs from what was written; check the disk.")


def _is_whole(path: Path, names: Sequence[str]) -> bool:
    try:
        with zipfile.ZipFile(path) as written:
            return written.namelist() == names and written.testzip() is None
    except (zipfile.BadZipFile, zlib.error):
        return False
