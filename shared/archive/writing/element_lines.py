"""Writes one application's elements as lines: by the compiled codec where their rows stayed packed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from shared.archive.graphml.keys import Sort
from shared.archive.limits import ArchiveLimits
from shared.archive.writing.graph_lines import GraphLines
from shared.archive.writing.packed_lines import PackedLines
from shared.packing.rows import PackedRows

_SLICE: Final = 500
"""Rows that Python renders before others get a turn: 10 ms or so."""


class ElementLines:
    """Nodes first, by ascending database id, then relationships between them."""

    def __init__(self, application: str, limits: ArchiveLimits, is_secured: Callable[[str], bool]) -> None:
        """`application` is the name that errors tell."""
        self.written = GraphLines(application, limits, is_secured)
        """Digest, tally and ordinals of what was written; complete when settled."""
        self._limits = limits
        self._packed: PackedLines | None = None

    def write(self, sort: Sort, rows: Sequence[Any]) -> Iterator[bytes]:
        """Give the lines in parts, so that others get a turn in between.

        Raises: SourceChangedError for a node seen before, or an end that was not; UnsupportedValueError, TransferError.
        """
        if isinstance(rows, PackedRows):
            if self._packed is None:
                self._packed = PackedLines(self.written, self._limits)
            return self._packed.write(sort, rows)
        write = self.written.write_nodes if sort is Sort.NODE else self.written.write_relationships
        return (write(rows[start : start + _SLICE]) for start in range(0, len(rows), _SLICE))

    def settle(self) -> None:
        """Tell the tally of all that was written."""
        if self._packed is not None:
            self._packed.settle()
