"""The CSV files of an export while rows stream in, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from shared.archive.bulk.array_delimiter import FIRST_CHOICE, choose_array_delimiter
from shared.archive.bulk.spool import BulkSpool, Piece, characters_beside_delimiters
from shared.archive.bulk.values import Cell
from shared.archive.limits import MIB
from shared.archive.zip.segments import SEGMENT_BYTES

_PENDING_BYTES: Final = 32 * MIB
"""What all files may keep in memory together: a graph can have a file for each of its nodes."""


class TableSort(StrEnum):
    """What the rows of a file are; its value begins the file's name."""

    CATALOGUE = "catalogue"
    NODES = "nodes"
    RELATIONSHIPS = "relationships"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRow:
    """One node or relationship, ready to be written."""

    ids: tuple[int, ...]
    """A node's, or those of a relationship's start and end."""
    name: Cell
    """Labels, or the type."""
    columns: tuple[str, ...]
    """Headers of the properties, sorted."""
    cells: Sequence[Cell]

    def line(self, array_delimiter: str) -> str:
        """Write the row."""
        fields = [*map(str, self.ids), *(cell.text(array_delimiter) for cell in (self.name, *self.cells))]
        return ",".join(fields) + "\n"

    @property
    def array_delimiters(self) -> int:
        """How many array delimiters its line holds, unless its data hold some."""
        return sum(len(cell.texts) - 1 for cell in (self.name, *self.cells))


@dataclass(slots=True, kw_only=True, eq=False)
class BulkTable:
    """One CSV file: rows of the same labels (or type), keys and value types."""

    entry: str
    """Its name in the ZIP."""
    sort: TableSort
    header: str
    rows: int = 0
    is_multiline: bool = False
    longest_row: int = 0
    """In characters."""
    pending: bytearray = field(default_factory=bytearray)
    pieces: list[Piece] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    table: BulkTable
    content: bytes
    array_delimiter: str


class BulkTables:
    """Puts rows into files by their layout, and the files' pieces into a spool."""

    def __init__(
        self, spool: BulkSpool, *, piece_bytes: int = SEGMENT_BYTES, pending_bytes: int = _PENDING_BYTES
    ) -> None:
        self.array_delimiter = FIRST_CHOICE
        self._taken: set[str] = set()
        self._spool = spool
        self._piece_bytes = piece_bytes
        self._most_pending_bytes = pending_bytes
        self._tables: dict[tuple[object, ...], BulkTable] = {}
        self._numbers: Counter[tuple[str, TableSort]] = Counter()
        self._pending_bytes = 0
        self._cuts: list[_Cut] = []

    def append(self, folder: str, sort: TableSort, row: BulkRow) -> None:
        """Take a row; pieces are cut by rows and bytes alone, so that batches of any size give the same file."""
        table = self._table(folder, sort, row)
        line = row.line(self.array_delimiter)
        if line.count(self.array_delimiter) != row.array_delimiters:
            self._change_delimiter(line)
            line = row.line(self.array_delimiter)
        encoded = line.encode()
        table.pending += encoded
        table.rows += 1
        table.longest_row = max(table.longest_row, len(line))
        table.is_multiline |= line.count("\n") > 1 or "\r" in line
        self._pending_bytes += len(encoded)
        self._cut_what_is_full(table)

    def store_cuts(self) -> None:
        """Deflate what was cut into the spool. Slow, so called in a thread, one at a time. Raises: OSError."""
        for cut in self._cuts:
            cut.table.pieces.append(self._spool.store(cut.content, cut.array_delimiter))
        self._cuts.clear()

    def finish(self) -> Sequence[BulkTable]:
        """Complete the files, agree on one array delimiter. Raises: UnsupportedValueError, OSError."""
        self._cut_all()
        self.store_cuts()
        pieces = [piece for table in self._tables.values() for piece in table.pieces]
        if any(piece.array_delimiter != self.array_delimiter for piece in pieces):
            self.array_delimiter = choose_array_delimiter(characters_beside_delimiters(self._spool, pieces))
            self._rejoin()
        return sorted(self._tables.values(), key=lambda table: table.entry)

    def _rejoin(self) -> None:
        for table in self._tables.values():
            table.pieces = [
                piece
                if piece.array_delimiter == self.array_delimiter
                else self._spool.rejoin(piece, self.array_delimiter)
                for piece in table.pieces
            ]

    def _table(self, folder: str, sort: TableSort, row: BulkRow) -> BulkTable:
        key = (folder, sort, row.name.texts, row.columns)
        table = self._tables.get(key)
        if table is None:
            self._numbers[folder, sort] += 1
            entry = f"{folder}/{sort}-{self._numbers[folder, sort]:05}.csv"
            table = self._tables[key] = BulkTable(entry=entry, sort=sort, header=_header(sort, row.columns))
        return table

    def _cut_what_is_full(self, table: BulkTable) -> None:
        if len(table.pending) >= self._piece_bytes:
            self._cut(table)
        if self._pending_bytes >= self._most_pending_bytes:
            self._cut_all()

    def _cut_all(self) -> None:
        for table in self._tables.values():
            self._cut(table)

    def _cut(self, table: BulkTable) -> None:
        if table.pending:
            content = bytes(table.pending)
            self._cuts.append(_Cut(table=table, content=content, array_delimiter=self.array_delimiter))
            self._pending_bytes -= len(content)
            table.pending.clear()

    def _change_delimiter(self, line: str) -> None:
        """Go on with one that was not met yet; `finish` makes the pieces agree."""
        self._cut_all()
        self._taken.add(self.array_delimiter)
        self.array_delimiter = choose_array_delimiter(self._taken.union(line))


_HEADS = {
    TableSort.CATALOGUE: (":ID", ":LABEL"),
    TableSort.NODES: (":ID", ":LABEL"),
    TableSort.RELATIONSHIPS: (":START_ID", ":END_ID", ":TYPE"),
}


def _header(sort: TableSort, columns: Sequence[str]) -> str:
    return ",".join((*_HEADS[sort], *columns)) + "\n"
