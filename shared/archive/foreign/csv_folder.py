"""Reads an application from the CSV tables of an older exporter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeVar

from shared.archive.foreign.application import BATCH_ROWS
from shared.archive.foreign.csv_table import CsvRecord, CsvTable
from shared.archive.foreign.text_ordinals import TextOrdinals
from shared.archive.foreign.warnings import Warnings
from shared.archive.limits import ArchiveLimits
from shared.archive.zip.archive_kind import CSV_TABLES
from shared.archive.zip.records import EntryRecord
from shared.errors import InvalidArchiveError
from shared.graph import NodeRow, RelationshipRow
from shared.ports.contents import Readable

_Row = TypeVar("_Row")

_OBJECTS: Final = "objects.csv"
_LABELS: Final = {_OBJECTS: "Object", "objectType.csv": "ObjectType", "transactions.csv": "Transaction"}
_TYPES: Final = {
    "belongsTo.csv": "BELONGS_TO",
    "objectTypeLinks.csv": "HAS_TYPE",
    "references.csv": "REFERENCES",
    "transactionObjects.csv": "IN_TRANSACTION",
    "startPoint.csv": "STARTS_AT",
    "endPoint.csv": "ENDS_AT",
}
_NAME_COLUMN: Final = 1
"""Of the first object: the application's name."""


class CsvFolder:
    """The tables in one folder, or at the top of the ZIP. Ids are unique in it; an empty field is no property."""

    def __init__(
        self,
        folder: str,
        path: Readable,
        tables: Mapping[str, EntryRecord],
        *,
        limits: ArchiveLimits,
    ) -> None:
        self.folder = folder
        self.warnings = Warnings()
        self._path = path
        self._tables = tables
        self._limits = limits
        self._ordinals = TextOrdinals()
        self._relationships = 0
        self._require_all_tables()
        self.name = self._read_name()

    def _require_all_tables(self) -> None:
        for table in CSV_TABLES:
            if table not in self._tables:
                raise InvalidArchiveError(
                    "The table is missing; one without records still needs its header.", entry=self._entry(table)
                )

    def _read_name(self) -> str:
        table = self._table(_OBJECTS)
        # The name stands in the first two records: the rest of the table is left to the import.
        encoding = table.find_encoding(at_most=2 * self._limits.token_bytes)
        for record in islice(table.read(encoding), 1, 2):
            return record.fields[_NAME_COLUMN]
        raise InvalidArchiveError(
            "There is no object, whose second column would be the application's name.", entry=self._entry(_OBJECTS)
        )

    def _entry(self, table: str) -> str:
        return f"{self.folder}/{table}" if self.folder else table

    def _table(self, table: str) -> CsvTable:
        columns = _NAME_COLUMN + 1 if table == _OBJECTS else 1 if table in _LABELS else 2
        first = 0 if table in _LABELS else 2
        return CsvTable(self._path, self._tables[table], self._limits, least_columns=columns, first_property=first)

    def _read_table(self, name: str) -> Iterator[CsvRecord]:
        """Read a table after its encoding is known, which takes reading it twice."""
        table = self._table(name)
        encoding = table.find_encoding()
        for number, record in enumerate(table.read(encoding)):
            if number and encoding.assumed_for:
                entry = self._entry(name)
                self.warnings[f"{entry}: records read as {encoding.name}, because {encoding.assumed_for}"] += 1
            yield record

    def close(self) -> None:
        """Give the space back that the ids of the nodes take."""
        self._ordinals.close()

    def read_nodes(self) -> Iterator[list[NodeRow]]:
        """Read the tables of nodes; of nodes with one id the first counts."""
        for table in _LABELS:
            yield from _batches(self._nodes(table))

    def read_relationships(self) -> Iterator[list[RelationshipRow]]:
        """Read the tables of relationships; one that lacks an end is left out."""
        for table in _TYPES:
            yield from _batches(self._edges(table))

    def _nodes(self, table: str) -> Iterator[NodeRow]:
        records = self._read_table(table)
        names = next(records).fields
        for record in records:
            ordinal = self._ordinals.add(record.fields[0])
            if ordinal is None:
                self.warnings[f"{self._entry(table)}: nodes left out because their id is used before"] += 1
            else:
                yield ordinal, (_LABELS[table],), _properties(names, record.fields)

    def _edges(self, table: str) -> Iterator[RelationshipRow]:
        records = self._read_table(table)
        names = next(records).fields[2:]
        for record in records:
            start, end = self._ordinals.find(record.fields[0]), self._ordinals.find(record.fields[1])
            if start is None or end is None:
                self.warnings[f"{self._entry(table)}: relationships left out because an end is missing"] += 1
            else:
                properties = _properties(names, record.fields[2:])
                yield self._relationships, start, end, _TYPES[table], properties
                self._relationships += 1


def _properties(names: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
    return {name: field for name, field in zip(names, fields, strict=True) if field}


def _batches(rows: Iterator[_Row]) -> Iterator[list[_Row]]:
    while batch := list(islice(rows, BATCH_ROWS)):
        yield batch
