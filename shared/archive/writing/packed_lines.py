"""Writes packed rows as lines by the compiled codec."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shared.archive.canonical.known_rows import KnownRows
from shared.archive.canonical.layout import DATA_END
from shared.archive.graphml.keys import Sort
from shared.archive.limits import ArchiveLimits
from shared.archive.writing.graph_lines import GraphLines
from shared.packing.rows import PackedRows


class PackedLines:
    """The rows of one reading after another, with the same lines, digest and tally as GraphLines alone gives them."""

    def __init__(self, lines: GraphLines, limits: ArchiveLimits) -> None:
        from shared.native.lines import LineWriter  # noqa: PLC0415 - only where it is compiled

        self._lines = lines
        self._kernel = LineWriter(lines.ordinals, limits.token_bytes, DATA_END.encode())
        self._known = KnownRows(
            self._kernel, limits, renderers=lines.renderers, tally=lines.tally, is_secured=lines.is_secured
        )

    def write(self, sort: Sort, rows: PackedRows) -> Iterator[bytes]:
        """Give the lines in parts, so that others get a turn in between. Raises: TransferError, as GraphLines."""
        strictly = self._lines.write_nodes if sort is Sort.NODE else self._lines.write_relationships
        return self._known.read(sort, rows, partial(self._write_some, sort), lambda row: strictly([row]))

    def _write_some(self, sort: Sort, content: bytes, at: int, count: int) -> tuple[int, int, str]:
        lines, is_edge = self._lines, sort is Sort.EDGE
        known = len(lines.ordinals)
        first = lines.edges if is_edge else known
        hashes = lines.digest.hold(known if is_edge else known + count)
        written, at, state = self._kernel.write(content, at, count, first, hashes, is_edge)
        if is_edge:
            lines.edges += written
        else:
            lines.ordinals.note(written)
        lines.digest.add_total(self._kernel.take_total())
        return written, at, state

    def settle(self) -> None:
        """Tell the tally what was written."""
        self._known.settle()
