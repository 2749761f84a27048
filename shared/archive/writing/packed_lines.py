"""Writes packed rows by the compiled codec; what that was not taught, or cannot write, goes the strict way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from shared.archive.canonical.layout import Layout
from shared.archive.graphml.keys import Sort
from shared.archive.limits import ArchiveLimits
from shared.archive.values.value_kinds import JSON_STRING, Kind, kind_of
from shared.archive.values.xml_text import escape_text
from shared.archive.writing.graph_lines import GraphLines
from shared.errors import UnsupportedValueError
from shared.packed_rows import PackedReading, PackedRows

_REMEMBERED: Final = 20_000
"""Shapes kept; a graph with more starts anew, so that memory stays bounded."""

_SLICE: Final = 2_000
"""Rows written before the event loop gets a turn."""

_LIST_OF_ONE: Final = b"\x91"
_SENSELESS: Final = (ArithmeticError, LookupError, TypeError, ValueError)
"""What comes of bytes that are no rows, or of dates whose parts are no numbers."""


class PackedLines:
    """The rows of one reading after another, with the same lines, digest and tally as GraphLines alone gives them."""

    def __init__(self, lines: GraphLines, limits: ArchiveLimits) -> None:
        from shared.native.lines import LineWriter  # noqa: PLC0415 - only where it is compiled

        self._lines = lines
        self._kernel = LineWriter(lines.ordinals, limits.token_bytes)
        self._layouts: list[Layout] = []
        self._reading: PackedReading | None = None

    def write(self, sort: Sort, rows: PackedRows) -> Iterator[bytes]:
        """Give the lines in parts, so that others get a turn in between. Raises: TransferError, as GraphLines."""
        if rows.reading is not self._reading:
            self._forget()
            self._reading = rows.reading
        at, left = rows.at, len(rows)
        try:
            while left:
                written, at, state = self._write_some(sort, rows.content, at, min(left, _SLICE))
                left -= written
                if state != "done":
                    end, row = self._look(sort, rows, at, is_new=state == "unknown")
                    if row is not None:
                        yield self._kernel.take_lines()
                        yield self._write_strictly(sort, row)
                        at, left = end, left - 1
                yield self._kernel.take_lines()
        except _SENSELESS as error:
            raise rows.reading.refuse(error) from error

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

    def _write_strictly(self, sort: Sort, row: Any) -> bytes:
        write = self._lines.write_nodes if sort is Sort.NODE else self._lines.write_relationships
        return write([row])

    def _look(self, sort: Sort, rows: PackedRows, at: int, *, is_new: bool) -> tuple[int, Any]:
        """Return where a row ends, and the row, or None for it if the kernel has learnt to write it now."""
        if len(self._layouts) >= _REMEMBERED:
            self._forget()
        end, keys = self._kernel.look(rows.content, at, sort is Sort.EDGE)
        (row,) = rows.reading.read_rows(_LIST_OF_ONE + rows.content[at:end])
        labels, properties = ((row[3],), row[4]) if sort is Sort.EDGE else (tuple(row[1]), row[2])
        if is_new and len(properties) == keys:  # else a key stands there twice, or there is a value that none stores
            try:
                layout = self._lines.renderers[sort].layout_of(labels, properties)
            except UnsupportedValueError:
                return end, row  # told by the strict way, which knows whose it is
            if all(key.kind is not JSON_STRING for key in layout.keys):
                self._learn(layout, list(properties))
                return end, None
        return end, row

    def _learn(self, layout: Layout, names: Sequence[str]) -> None:
        """Teach the kernel the shape of the row that it looked at last, by the names of its keys in order."""
        places = {name: place for place, name in enumerate(names)}
        kept = [places[key.name] for key in layout.keys]
        texts = [partial(self._write_value, key.kind) for key in layout.keys]
        self._kernel.learn(kept, [piece.encode() for piece in layout.pieces()], texts)
        self._layouts.append(layout)

    def _write_value(self, kind: Kind, packed: bytes) -> bytes | None:
        """Write a value that the kernel does not; None where it is of another kind than its class says."""
        reading = self._reading
        if reading is None:
            raise RuntimeError("no rows are being written")
        value = reading.read_value(packed)
        try:
            return escape_text(kind.text(value)).encode() if kind_of(value) is kind else None
        except ValueError:
            return None

    def settle(self) -> None:
        """Tell the tally what was written."""
        for layout, count in zip(self._layouts, self._kernel.take_counts(), strict=True):
            self._lines.tally.add_times(layout, count)

    def _forget(self) -> None:
        self.settle()
        self._kernel.forget()
        self._layouts.clear()
