"""Reads one CSV table of an older exporter, record by record."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Final, NamedTuple, NoReturn

from shared.archive.foreign.csv_encoding import CsvEncoding, find_encoding, to_utf8
from shared.archive.foreign.csv_lines import CsvLines, RecordTooLongError
from shared.archive.foreign.csv_separator import find_separator, name_of
from shared.archive.limits import ArchiveLimits, Setting
from shared.archive.names import check_name
from shared.archive.zip.entry_reader import read_pieces
from shared.archive.zip.records import EntryRecord
from shared.errors import InvalidArchiveError
from shared.ports.contents import Readable

_SHOWN_CHARACTERS: Final = 60
_TO_CLOSING_QUOTE: Final = r'(?:(?:"(?:[^"]|"")*+"|[^"{0}][^{0}]*+|){0})*+"(?:[^"]|"")*+"'
"""From a line's beginning to the first quote that closes a field wrongly, by the separator."""


class CsvRecord(NamedTuple):
    """One record."""

    fields: list[str]
    line: int
    """Where it ends: a quoted field may span lines."""


class CsvTable:
    """A table with a header; every record has as many fields as it. Raises InvalidArchiveError everywhere."""

    def __init__(
        self, path: Readable, record: EntryRecord, limits: ArchiveLimits, *, least_columns: int, first_property: int
    ) -> None:
        self._path = path
        self._record = record
        self._limits = limits
        self._least_columns = least_columns
        self._first_property = first_property

    def find_encoding(self, *, at_most: int | None = None) -> CsvEncoding:
        """Tell the encoding, from little more than so many bytes; else all are read, unless a mark says it."""
        return find_encoding(read_pieces(self._path, self._record), at_most=at_most)

    def read(self, encoding: CsvEncoding) -> Iterator[CsvRecord]:
        """Give the header first, then the records; empty lines are passed over."""
        csv.field_size_limit(self._limits.token_bytes)
        pieces = to_utf8(read_pieces(self._path, self._record), encoding, self._record.name)
        lines, separator, width = CsvLines(pieces, self._limits.token_bytes), "", 0
        try:
            header = self._find_header(lines)
            separator = self._find_separator(header)
            for fields in csv.reader(chain((header,), lines), delimiter=separator, strict=True):
                if fields:
                    width = width or self._check_header(fields, separator, lines)
                    if len(fields) != width:
                        self._refuse_width(fields, width, separator, lines)
                    yield CsvRecord(fields, lines.number)
                lines.begin_record()
        except RecordTooLongError:
            limit = f"{self._limits.token_bytes} bytes ({Setting.VALUE_BYTES})"
            self._refuse(f"A record of more than {limit}; a double quote that is not closed may be why", lines.number)
        except csv.Error as error:
            self._refuse_syntax(error, lines, separator)

    def _find_header(self, lines: CsvLines) -> str:
        while not (header := next(lines, "")).strip("\r\n"):
            if not header:
                self._refuse("There is no header", 1)
            lines.begin_record()
        return header

    def _find_separator(self, header: str) -> str:
        if "\0" in header:
            self._refuse(
                "The header holds the character U+0000, as UTF-16 without its byte order mark does, and UTF-32. "
                "Save the table as UTF-8",
                1,
            )
        try:
            return find_separator(header)
        except ValueError as error:
            self._refuse(f"{error}: {_shown(header)}", 1)

    def _check_header(self, names: list[str], separator: str, lines: CsvLines) -> int:
        try:
            for name in names[self._first_property :]:
                check_name("property key", name, self._limits)
        except ValueError as error:
            self._refuse(f"The header has {error}: {_shown(lines.last)}", lines.number)
        if len(names) < self._least_columns:
            self._refuse(
                f"The header has only {len(names)} of {self._least_columns} columns, separated by "
                f"{name_of(separator)}: {_shown(lines.last)}. Separate columns with ; or a comma or a tab",
                lines.number,
            )
        if len(names) > self._limits.columns:
            most = f"at most {self._limits.columns} are allowed ({Setting.COLUMNS})"
            self._refuse(f"The header has {len(names)} columns; {most}", lines.number)
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            self._refuse(f"The header has a column twice, and needs each name once: {_shown(twice[0])}", lines.number)
        return len(names)

    def _refuse_width(self, fields: list[str], width: int, separator: str, lines: CsvLines) -> NoReturn:
        self._refuse(
            f"{len(fields)} fields where the header has {width}: {_shown(separator.join(fields))}. Each record needs "
            f"as many fields as the header, separated by {name_of(separator)}; put a field that holds a separator "
            "into double quotes",
            lines.number,
        )

    def _refuse_syntax(self, error: csv.Error, lines: CsvLines, separator: str) -> NoReturn:
        """Say in other words what Python's reader says of a record."""
        what = str(error)
        if "unexpected end" in what:
            self._refuse("A double quote opens a field and none closes it until the table ends", lines.record_line)
        if "expected after" in what:
            self._refuse_after_quote(lines, separator)
        if "new-line" in what:
            column = lines.last.find("\r") + 2
            self._refuse("A carriage return alone ends no line; end lines with LF or CRLF", lines.number, column)
        self._refuse(f"Not CSV as it is known here: {what}", lines.number)

    def _refuse_after_quote(self, lines: CsvLines, separator: str) -> NoReturn:
        # A record goes on in another line inside of quotes only.
        opening = '"' if lines.record_line < lines.number else ""
        column = 1
        if found := re.match(_TO_CLOSING_QUOTE.format(separator), opening + lines.last):
            column += found.end() - len(opening)
        self._refuse(
            f"Text follows the double quote that closes a field: {_shown(lines.last[column - 1 :])}. Inside of quotes "
            f"write a double quote twice (the record begins in line {lines.record_line})",
            lines.number,
            column,
        )

    def _refuse(self, problem: str, line: int, column: int | None = None) -> NoReturn:
        """Raise InvalidArchiveError that names entry and place."""
        raise InvalidArchiveError(f"{problem}.", entry=self._record.name, line=line, column=column)


def _shown(text: str) -> str:
    text = text.strip("\r\n")
    return repr(text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…")
