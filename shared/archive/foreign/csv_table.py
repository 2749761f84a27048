"""Reads one CSV table of an older exporter, record by record."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

from typing_extensions import Buffer, override

from shared.archive.limits import ArchiveLimits
from shared.archive.names import check_name
from shared.archive.zip.entry_reader import PIECE_BYTES, read_pieces
from shared.archive.zip.records import EntryRecord
from shared.errors import InvalidArchiveError

_DELIMITER: Final = ";"
_MAX_COLUMNS: Final = 1000


class CsvRecord(NamedTuple):
    """One record."""

    fields: list[str]
    line: int
    """Where it ends: a quoted field may span lines."""


class CsvTable:
    """A table with a header; every record has as many fields as it. Raises InvalidArchiveError everywhere."""

    def __init__(
        self, path: Path, record: EntryRecord, limits: ArchiveLimits, *, least_columns: int, first_property: int
    ) -> None:
        self._path = path
        self._record = record
        self._limits = limits
        self._least_columns = least_columns
        self._first_property = first_property

    def read(self) -> Iterator[CsvRecord]:
        """Give the header first, then the records; empty lines are passed over."""
        csv.field_size_limit(self._limits.token_bytes)
        pieces = read_pieces(self._path, self._record)
        lines = _Lines(io.BufferedReader(_Pieces(pieces), PIECE_BYTES), self._limits.token_bytes)
        reader = csv.reader(lines, delimiter=_DELIMITER, strict=True)
        width = 0
        try:
            for fields in reader:
                lines.taken_bytes = 0
                if fields:
                    width = width or self._check_header(fields)
                    if len(fields) != width:
                        self.refuse(f"{len(fields)} fields where the header has {width}", reader.line_num)
                    yield CsvRecord(fields, reader.line_num)
        except UnicodeDecodeError as error:
            self.refuse(f"Not UTF-8: {error.reason}", lines.line)
        except (csv.Error, _TooLongError) as error:
            self.refuse(f"Not CSV as it is known here: {error}", lines.line)
        if not width:
            self.refuse("There is no header", 1)

    def _check_header(self, names: list[str]) -> int:
        try:
            for name in names[self._first_property :]:
                check_name("property key", name, self._limits)
        except ValueError as error:
            self.refuse(f"The header has {error}", 1)
        if not self._least_columns <= len(names) <= _MAX_COLUMNS or len(set(names)) < len(names):
            self.refuse(f"The header needs {self._least_columns} to {_MAX_COLUMNS} columns, each name once", 1)
        return len(names)

    def refuse(self, problem: str, line: int) -> NoReturn:
        """Raise InvalidArchiveError that names entry and line."""
        raise InvalidArchiveError(f"{problem}.", entry=self._record.name, line=line)


class _TooLongError(Exception):
    """A record, or a line, that would not fit into memory."""


class _Lines:
    """The lines of a file, none of them nor those of one record together above a limit."""

    def __init__(self, file: io.BufferedReader, limit: int) -> None:
        self.taken_bytes = 0
        """Since the last complete record; the consumer sets it back."""
        self.line = 0
        self._file = file
        self._limit = limit

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(self._limit + 1)
        if not line:
            raise StopIteration
        self.line += 1
        self.taken_bytes += len(line)
        if self.taken_bytes > self._limit:
            raise _TooLongError(f"a record of more than {self._limit} bytes")
        return line.decode("utf-8-sig" if self.line == 1 else "utf-8")


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
