"""Rows that the compiled codec reads; what it was not taught, or cannot write, goes the strict way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from shared.archive.canonical.layout import Layout, data_start
from shared.archive.canonical.renderer import Renderer
from shared.archive.canonical.tally import Tally
from shared.archive.graphml.keys import EDGE_END, NODE_END, Key, Sort
from shared.archive.limits import ArchiveLimits
from shared.archive.names import check_name
from shared.archive.values.value_kinds import JSON_STRING, STRING, Kind, kind_of
from shared.archive.values.xml_text import escape_text
from shared.errors import UnsupportedValueError
from shared.packing.rows import PackedReading, PackedRows

if TYPE_CHECKING:
    from shared.native.lines import LineWriter

_REMEMBERED: Final = 20_000
"""Label sets, types and keys kept; a graph with more starts anew, so that memory stays bounded."""

_SLICE: Final = 2_000
"""Rows read before the event loop gets a turn."""

_HEAVY_BYTES: Final = 2**20
"""A row with more teaches nothing: each look at it would copy it once more."""

_LIST_OF_ONE: Final = b"\x91"
_SENSELESS: Final = (ArithmeticError, LookupError, TypeError, ValueError)
"""What comes of bytes that are no rows, or of dates whose parts are no numbers."""

ReadSome = Callable[[bytes, int, int], tuple[int, int, str]]
"""Has the codec read some of so many rows from a place on: how many it read, where the next is, why it stopped."""


class KnownRows:
    """What the codec knows of the rows of one reading after another, from those that were unpacked."""

    def __init__(
        self,
        kernel: LineWriter,
        limits: ArchiveLimits,
        *,
        renderers: Mapping[Sort, Renderer],
        tally: Tally,
        is_secured: Callable[[str], bool],
    ) -> None:
        self._kernel = kernel
        self._limits = limits
        self._renderers = renderers
        self._tally = tally
        self._is_secured = is_secured
        self._heads: list[Layout] = []
        self._keys: list[Key] = []
        self._told: tuple[Sort, PackedReading] | None = None

    def read(
        self, sort: Sort, rows: PackedRows, read_some: ReadSome, read_strictly: Callable[[Any], bytes]
    ) -> Iterator[bytes]:
        """Read rows by the codec; give the lines that it keeps in parts, so that others get a turn in between.

        Raises: TransferError, as `read_strictly`.
        """
        if self._told != (sort, rows.reading):
            self._forget()
            self._told = sort, rows.reading
        at, left = rows.at, len(rows)
        try:
            while left:
                done, at, state = read_some(rows.content, at, min(left, _SLICE))
                left -= done
                if state != "done":
                    end, is_learnt = self._look(sort, rows, at)
                    if state == "strict" or not is_learnt:
                        yield self._kernel.take_lines()
                        yield read_strictly(_read_row(rows, at, end))
                        at, left = end, left - 1
                yield self._kernel.take_lines()
        except _SENSELESS as error:
            raise rows.reading.refuse(error) from error

    def _look(self, sort: Sort, rows: PackedRows, at: int) -> tuple[int, bool]:
        """Return where a row ends, and whether all that the kernel did not know of it has been learnt now."""
        if len(self._heads) + len(self._keys) >= _REMEMBERED:
            self._forget()
        end, is_new, keys = self._kernel.look(rows.content, at, sort is Sort.EDGE, _HEAVY_BYTES)
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
        layout = self._renderers[sort].layout_of((row[3],) if sort is Sort.EDGE else tuple(row[1]), {})
        self._kernel.learn_head(layout.head.encode(), (EDGE_END if sort is Sort.EDGE else NODE_END).encode())
        self._heads.append(layout)

    def _learn_key(self, sort: Sort, place: int, name: str, reading: PackedReading, packed: bytes) -> None:
        """Learn a key by its value in the row that the kernel looked at last. Raises: ValueError, TransferError."""
        is_secured = self._is_secured(name)
        key = Key(sort, name, STRING if is_secured else kind_of(reading.read_value(packed)))
        if key.kind is JSON_STRING:
            raise ValueError("of a class whose other values are of another kind")
        if not is_secured:
            check_name("property key", name, self._limits)
        start = None if is_secured else data_start(key).encode()
        if self._kernel.learn_key(place, name.encode(), start, partial(_write_value, key.kind, reading)):
            self._keys.append(key)

    def settle(self) -> None:
        """Tell the tally what was read."""
        heads, keys = self._kernel.take_counts()
        for layout, count in zip(self._heads, heads, strict=True):
            self._tally.add_times(layout, count)
        for key, count in zip(self._keys, keys, strict=True):
            self._tally.add_values(key, count, is_secured=self._is_secured(key.name))

    def _forget(self) -> None:
        self.settle()
        self._kernel.forget()
        self._heads.clear()
        self._keys.clear()


def _read_row(rows: PackedRows, at: int, end: int) -> Any:
    packed = bytearray(_LIST_OF_ONE)
    packed += memoryview(rows.content)[at:end]  # copied once, which is much for a heavy row
    (row,) = rows.reading.read_rows(packed)
    return row


def _write_value(kind: Kind, reading: PackedReading, packed: bytes) -> bytes | None:
    """Write a value that the kernel does not; None where it is of another kind than its class says."""
    value = reading.read_value(packed)
    try:
        return escape_text(kind.text(value)).encode() if kind_of(value) is kind else None
    except ValueError:
        return None
