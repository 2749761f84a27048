"""Adds up what a target holds of an application."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from shared.archive.canonical.known_rows import KnownRows
from shared.archive.canonical.layout import DATA_END
from shared.archive.canonical.renderer import Renderer, nothing_is_secured
from shared.archive.canonical.tally import Tally
from shared.archive.digests.digest import UNSTEADY, OrdinalDigest
from shared.archive.graphml.keys import Sort
from shared.archive.limits import ArchiveLimits
from shared.graph import NodeRow, RelationshipRow
from shared.packing.ordinals import OrdinalIndex
from shared.packing.rows import PackedRows

if TYPE_CHECKING:
    from shared.native.lines import LineHasher

_NO_TABLE: Final = bytearray(1)
"""Hashes of nodes are not kept."""


class ReadBack:
    """Rows of one application, plain or packed, whose ordinals are those of an import."""

    def __init__(self, limits: ArchiveLimits, *, first: int) -> None:
        """`first` is the ordinal of the application's first node."""
        self.digest = OrdinalDigest(limits)
        self._limits = limits
        self._first = first
        self._known: tuple[LineHasher, KnownRows] | None = None

    def add_nodes(self, rows: Sequence[NodeRow]) -> None:
        """Add a batch. Raises: UnsupportedValueError, TransferError."""
        if isinstance(rows, PackedRows) and rows.reading.ordinals is not None:
            self._add_packed(Sort.NODE, rows, rows.reading.ordinals)
        else:
            self.digest.add_nodes([(row[0] - self._first, row[1], row[2]) for row in rows])

    def add_relationships(self, rows: Sequence[RelationshipRow]) -> None:
        """Add a batch. Raises: as add_nodes."""
        first = self._first
        if isinstance(rows, PackedRows) and rows.reading.ordinals is not None:
            self._add_packed(Sort.EDGE, rows, rows.reading.ordinals)
        else:
            self.digest.add_relationships([(row[0], row[1] - first, row[2] - first, row[3], row[4]) for row in rows])

    def _add_packed(self, sort: Sort, rows: PackedRows, index: OrdinalIndex) -> None:
        if self._known is None:
            self._known = self._open(index)
        kernel, known = self._known

        def read_some(content: bytes, at: int, count: int) -> tuple[int, int, str]:
            return kernel.write(content, at, count, 0, _NO_TABLE, sort is Sort.EDGE)

        def read_strictly(row: Any) -> bytes:
            add = self.add_nodes if sort is Sort.NODE else self.add_relationships
            add([row])
            return b""

        for _ in known.read(sort, rows, read_some, read_strictly):
            self.digest.add_total(kernel.take_total())

    def _open(self, index: OrdinalIndex) -> tuple[LineHasher, KnownRows]:
        from shared.native.lines import LineHasher  # noqa: PLC0415 - only where it is compiled

        kernel = LineHasher(index, self._limits.token_bytes, DATA_END.encode())
        kernel.set(self._first, UNSTEADY)
        renderers = {sort: Renderer(sort, self._limits) for sort in Sort}
        known = KnownRows(kernel, self._limits, renderers=renderers, tally=Tally(), is_secured=nothing_is_secured)
        return kernel, known
