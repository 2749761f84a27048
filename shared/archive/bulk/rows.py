"""Turns rows of a graph into rows of CSV, and counts what CSV cannot carry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from shared.archive.bulk.tables import BulkRow, TableSort
from shared.archive.bulk.values import Cell, Loss, NotCarriedError, cell_of, text_cell
from shared.graph import NodeRow, Properties, PropertyValue, RelationshipRow

_UNFIT_FOR_HEADERS: Final = frozenset("({\r\n")
"""In 5.26 a parenthesis or a brace ends a key; no version lets a header span lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCarried:
    """A property that stays behind: where, and why."""

    sort: TableSort
    key: str
    loss: Loss


class BulkRenderer:
    """Makes the rows of one application."""

    def __init__(self, is_secured: Callable[[str], bool]) -> None:
        self._is_secured = is_secured
        self.not_carried: Counter[NotCarried] = Counter()

    def node(self, node_id: int, row: NodeRow, *, scope_label: str) -> BulkRow:
        """Return a node's row, under the scope label too."""
        columns, cells = self._properties(TableSort.NODES, row[2])
        labels = text_cell(*sorted({*row[1], scope_label}))
        return BulkRow(ids=(node_id,), name=labels, columns=columns, cells=cells)

    def relationship(self, ends: tuple[int, int], row: RelationshipRow) -> BulkRow:
        """Return a relationship's row."""
        columns, cells = self._properties(TableSort.RELATIONSHIPS, row[4])
        return BulkRow(ids=ends, name=text_cell(row[3]), columns=columns, cells=cells)

    def catalogue_node(self, node_id: int, label: str, properties: Properties) -> BulkRow:
        """Return the row of a catalogue node."""
        columns, cells = self._properties(TableSort.CATALOGUE, properties)
        return BulkRow(ids=(node_id,), name=text_cell(label), columns=columns, cells=cells)

    def _properties(self, sort: TableSort, properties: Properties) -> tuple[tuple[str, ...], list[Cell]]:
        carried = list(self._cells(sort, properties))
        return tuple(_column(key, cell) for key, cell in carried), [cell for _, cell in carried]

    def _cells(self, sort: TableSort, properties: Properties) -> Iterator[tuple[str, Cell]]:
        for key in sorted(properties):
            if not self._is_secured(key):
                try:
                    yield key, _cell(key, properties[key])
                except NotCarriedError as error:
                    self.not_carried[NotCarried(sort=sort, key=key, loss=error.loss)] += 1


def _cell(key: str, value: PropertyValue) -> Cell:
    if not _UNFIT_FOR_HEADERS.isdisjoint(key):
        raise NotCarriedError(Loss.KEY)
    return cell_of(value)


def _column(key: str, cell: Cell) -> str:
    column = f"{key}:{cell.column_type}"
    return column if key.isidentifier() else '"' + column.replace('"', '""') + '"'
