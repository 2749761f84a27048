"""Rows as they travelled: packed, and unpacked only where somebody looks at one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from typing_extensions import override

from shared.graph import PropertyValue
from shared.packing.ordinals import OrdinalIndex


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackedReading:
    """What is known of packed rows that were read together."""

    read_rows: Callable[[bytes | bytearray], Sequence[Any]]
    """Unpacks a packed list of rows, which it may keep. Raises: TransferError."""
    read_value: Callable[[bytes], PropertyValue]
    """Unpacks a property's value. Raises: TransferError."""
    refuse: Callable[[Exception], Exception]
    """Says that what came cannot be read."""
    ordinals: OrdinalIndex | None = None
    """Of the nodes, by their ids, where they have some already: unpacked rows carry those."""


class PackedRows(Sequence[Any]):
    """The rows of one record."""

    def __init__(self, content: bytes, *, at: int, count: int, reading: PackedReading) -> None:
        """`content` is a packed list, and `at` where the first of its rows begins."""
        self.content = content
        self.at = at
        self.reading = reading
        self._count = count
        self._rows: Sequence[Any] | None = None

    @override
    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...

    @override
    def __getitem__(self, index: int | slice) -> Any:
        return self._unpacked()[index]

    @override
    def __iter__(self) -> Iterator[Any]:
        return iter(self._unpacked())

    def _unpacked(self) -> Sequence[Any]:
        if self._rows is None:
            self._rows = self.reading.read_rows(self.content)
        return self._rows
