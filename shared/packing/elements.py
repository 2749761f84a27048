"""Elements of an archive, packed as they go over the wire; unpacked only where somebody looks at one."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, overload

from typing_extensions import override


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wire:
    """How values travel to a database."""

    pack: Callable[[Any], bytes]
    unpack: Callable[[bytes], Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class PackedElements(Sequence[Any]):
    """Rows of nodes, or of relationships."""

    content: bytes
    """A list for each: its labels, or its type, and its properties."""
    sizes: array[int]
    """Bytes of each."""
    starts: array[int]
    """By ordinal; empty for nodes, as `ends`."""
    ends: array[int]
    first: int
    """The ordinal of the first."""
    shift: int = 0
    """What counts on the ordinals of starts and ends."""
    labels: frozenset[str]
    """All the labels, or types, that they have; perhaps some more."""
    wire: Wire

    @override
    def __len__(self) -> int:
        return len(self.sizes)

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> PackedElements: ...

    @override
    def __getitem__(self, index: int | slice) -> Any:
        return self._part(index) if isinstance(index, slice) else self._rows[index]

    @override
    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def __add__(self, others: PackedElements) -> PackedElements:
        return replace(
            self,
            content=self.content + others.content,
            sizes=self.sizes + others.sizes,
            starts=self.starts + others.starts,
            ends=self.ends + others.ends,
            labels=self.labels | others.labels,
        )

    def _part(self, index: slice) -> PackedElements:
        if len(range(len(self))[index]) == len(self):
            return self
        begin = sum(self.sizes[: index.start or 0])
        sizes = self.sizes[index]
        return replace(
            self,
            content=self.content[begin : begin + sum(sizes)],
            sizes=sizes,
            starts=self.starts[index],
            ends=self.ends[index],
            first=self.first + (index.start or 0),
        )

    def shifted(self, by: int) -> PackedElements:
        """Count nodes from another ordinal on."""
        return replace(self, shift=self.shift + by) if self.starts else replace(self, first=self.first + by)

    def as_list(self) -> bytes:
        """Return them as the list that a statement takes."""
        return _list_header(len(self)) + self.content

    @cached_property
    def _rows(self) -> Sequence[Any]:
        rows = enumerate(self.wire.unpack(self.as_list()), self.first)
        if not self.starts:
            return [(ordinal, tuple(labels), properties) for ordinal, (labels, properties) in rows]
        ends = zip(self.starts, self.ends, strict=True)
        return [
            (ordinal, start + self.shift, end + self.shift, name, properties)
            for (ordinal, (name, properties)), (start, end) in zip(rows, ends, strict=True)
        ]


def _list_header(count: int) -> bytes:
    """Say on the wire how many values follow."""
    if count < 16:
        return bytes([0x90 | count])
    for marker, width in ((0xD4, 1), (0xD5, 2)):
        if count < 256**width:
            return bytes([marker]) + count.to_bytes(width)
    return b"\xd6" + count.to_bytes(4)
