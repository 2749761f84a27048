"""Puts spooled CSV files together into one ZIP."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import IO

from shared.archive.bulk.spool import BulkSpool
from shared.archive.bulk.tables import BulkTable
from shared.archive.zip.entry_writer import append_entry
from shared.archive.zip.records import EntryRecord, directory_bytes
from shared.archive.zip.segments import StreamTotals, deflate_segment
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
        self._records.append(append_entry(self._file, name, StreamTotals().followed_by(segment), [segment.data]))

    def write_table(self, table: BulkTable) -> None:
        """Append a CSV file. Raises: OSError."""
        header = deflate_segment(table.header.encode())
        totals = StreamTotals().followed_by(header)
        for piece in table.pieces:
            totals = totals.followed_by(piece.totals)
        data = chain([header.data], map(self._spool.read, table.pieces))
        self._records.append(append_entry(self._file, table.entry, totals, data))

    def finish(self) -> None:
        """Append the directory, force all to the disk. Raises: OSError."""
        self._file.write(directory_bytes(self._records, self._file.tell()))
        self._file.flush()
        os.fsync(self._file.fileno())

    def require_readable(self, path: Path) -> None:
        """Read every entry back. Raises: VerificationError when the disk gives back something else."""
        if not _is_whole(path, [record.name for record in self._records]):
            raise VerificationError(f"{path.resolve().name} read back differs from what was written; check the disk.")


def _is_whole(path: Path, names: Sequence[str]) -> bool:
    try:
        with zipfile.ZipFile(path) as written:
            return written.namelist() == names and written.testzip() is None
    except (zipfile.BadZipFile, zlib.error):
        return False
