"""Writes packed rows by the compiled codec; what that was not taught, or cannot write, goes the strict way."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from shared.archive.canonical.layout import DATA_END, Layout, data_start
from shared.archive.graphml.keys import EDGE_END, NODE_END, Key, Sort
from shared.archive.limits import ArchiveLimits
from shared.archive.names import check_name
from shared.archive.values.value_kinds import JSON_STRING, STRING, Kind, kind_of
from shared.archive.values.xml_text import escape_text
from shared.archive.writing.graph_lines import GraphLines
from shared.errors import UnsupportedValueError
from shared.packed_rows import PackedReading, PackedRows

_REMEMBERED: Final = 20_000
"""Label sets, types and keys kept; a graph with more starts anew, so that memory stays bounded."""

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
        self._limits = limits
        self._kernel = LineWriter(lines.ordinals, limits.token_bytes, DATA_END.encode())
        self._heads: list[Layout] = []
        self._keys: list[Key] = []
        self._told: tuple[Sort, PackedReading] | None = None

    def write(self, sort: Sort, rows: PackedRows) -> Iterator[bytes]:
        """Give the lines in parts, so that others get a turn in between. Raises: TransferError, as GraphLines."""
        if self._told != (sort, rows.reading):
            self._forget()
            self._told = sort, rows.reading
        at, left = rows.at, len(rows)
        try:
            while left:
                written, at, state = self._write_some(sort, rows.content, at, min(left, _SLICE))
                left -= written
                if state != "done":
                    end, is_learnt = self._look(sort, rows, at)
                    if state == "strict" or not is_learnt:
                        yield self._kernel.take_lines()
                        yield self._write_strictly(sort, _read_row(rows, at, end))
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

    def _look(self, sort: Sort, rows: PackedRows, at: int) -> tuple[int, bool]:
        """Return where a row ends, and whether all that the kernel did not know of it has been learnt now."""
        if len(self._heads) + len(self._keys) >= _REMEMBERED:
            self._forget()
        end, is_new, keys = self._kernel.look(rows.content, at, sort is Sort.EDGE)
        if not (is_new or keys):
            return end, False
        try:
            if is_new:
                self._learn_head(sort, _read_row(rows, at, end))
            for place, name, value in keys or ():
                self._learn_key(sort, place, str(rows.reading.read_value(name)), rows.reading, value)
        except (UnsupportedValueError, ValueError):
            return end, False  # told by the strict way, which knows whose it is
        return end, True

    def _learn_head(self, sort: Sort, row: Any) -> None:
        layout = self._lines.renderers[sort].layout_of((row[3],) if sort is Sort.EDGE else tuple(row[1]), {})
        self._kernel.learn_head(layout.head.encode(), (EDGE_END if sort is Sort.EDGE else NODE_END).encode())
        self._heads.append(layout)

    def _learn_key(self, sort: Sort, place: int, name: str, reading: PackedReading, packed: bytes) -> None:
        """Learn a key by its value in the row that the kernel looked at last. Raises: ValueError, TransferError."""
        is_secured = self._lines.is_secured(name)
        key = Key(sort, name, STRING if is_secured else kind_of(reading.read_value(packed)))
        if key.kind is JSON_STRING:
            raise ValueError("of a class whose other values are of another kind")
        if not is_secured:
            check_name("property key", name, self._limits)
        start = None if is_secured else data_start(key).encode()
        if self._kernel.learn_key(place, name.encode(), start, partial(_write_value, key.kind, reading)):
            self._keys.append(key)

    def settle(self) -> None:
        """Tell the tally what was written."""
        tally, (heads, keys) = self._lines.tally, self._kernel.take_counts()
        for layout, count in zip(self._heads, heads, strict=True):
            tally.add_times(layout, count)
        for key, count in zip(self._keys, keys, strict=True):
            tally.add_values(key, count, is_secured=self._lines.is_secured(key.name))

    def _forget(self) -> None:
        self.settle()
        self._kernel.forget()
        self._heads.clear()
        self._keys.clear()


def _read_row(rows: PackedRows, at: int, end: int) -> Any:
    (row,) = rows.reading.read_rows(_LIST_OF_ONE + rows.content[at:end])
    return row


def _write_value(kind: Kind, reading: PackedReading, packed: bytes) -> bytes | None:
    """Write a value that the kernel does not; None where it is of another kind than its class says."""
    value = reading.read_value(packed)
    try:
        return escape_text(kind.text(value)).encode() if kind_of(value) is kind else None
    except ValueError:
        return None
