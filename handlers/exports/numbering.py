"""Gives rows of a source the ordinals that an archive uses."""

from __future__ import annotations

from collections.abc import Sequence

from shared.errors import SourceChangedError
from shared.graph import NodeRow, RelationshipRow
from shared.packing.ordinals import OrdinalIndex


def number_nodes(rows: Sequence[NodeRow], index: OrdinalIndex) -> list[NodeRow]:
    """Give the next ordinals to nodes. Raises: SourceChangedError for one that has one already."""
    first = len(index)
    if (twice := index.append(row[0] for row in rows)) is not None:
        raise SourceChangedError(f"Node {twice} was read twice: the source changes while it is read.")
    return [(first + at, row[1], row[2]) for at, row in enumerate(rows)]


def number_ends(rows: Sequence[RelationshipRow], index: OrdinalIndex) -> list[RelationshipRow]:
    """Name the ends of relationships by ordinals. Raises: SourceChangedError for an end that has none."""
    try:
        starts, ends = index.find_all([row[1] for row in rows]), index.find_all([row[2] for row in rows])
    except KeyError as error:
        raise SourceChangedError("A relationship has an end that was not read: the source changes.") from error
    return [(row[0], start, end, row[3], row[4]) for row, start, end in zip(rows, starts, ends, strict=True)]
