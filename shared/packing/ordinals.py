"""Ordinals 0..N-1 of nodes: found by database id, or kept as a set, compactly enough for millions of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from shared.packing.mapped_arrays import mapped_integers

_BLOCK_BITS = 10
_BLOCK = 1 << _BLOCK_BITS
_MASK = _BLOCK - 1
_BLOCKS_A_FILE = 256
"""Mapped together: a mebibyte."""
_ABSENT = -1


class OrdinalIndex:
    """Finds the ordinal of a database id: 4 bytes a node where ids are dense, one block of 1 024 ids at a time."""

    def __init__(self) -> None:
        self._blocks: dict[int, memoryview] = {}
        self._unused = memoryview(b"")
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def append(self, ids: Iterable[int]) -> int | None:
        """Give the next ordinals to these ids, in this order; return the first id that already has one, else None."""
        blocks, ordinal = self._blocks, self._size
        for node_id in ids:
            block = blocks.get(node_id >> _BLOCK_BITS)
            if block is None:
                block = blocks[node_id >> _BLOCK_BITS] = self._take_block()
            if block[node_id & _MASK] != _ABSENT:
                self._size = ordinal
                return node_id
            block[node_id & _MASK] = ordinal
            ordinal += 1
        self._size = ordinal
        return None

    def put(self, first: int, node_ids: Iterable[int]) -> None:
        """Give ids the ordinals from a first one on, in place of those that they may have."""
        for ordinal, node_id in enumerate(node_ids, first):
            block = self._blocks.get(node_id >> _BLOCK_BITS)
            if block is None:
                block = self._blocks[node_id >> _BLOCK_BITS] = self._take_block()
            self._size += block[node_id & _MASK] == _ABSENT
            block[node_id & _MASK] = ordinal

    def block(self, number: int, *, make: bool) -> memoryview | None:
        """Return the ordinals of 1 024 ids, -1 for those that have none; None where there is no block or a new one."""
        if number not in self._blocks and make:
            self._blocks[number] = self._take_block()
        return self._blocks.get(number)

    def note(self, count: int) -> None:
        """Count ids that were given the next ordinals in their blocks."""
        self._size += count

    def _take_block(self) -> memoryview:
        if not self._unused:
            self._unused = mapped_integers(_BLOCKS_A_FILE * _BLOCK, "i")
        block, self._unused = self._unused[:_BLOCK], self._unused[_BLOCK:]
        return block

    def find_all(self, node_ids: Sequence[int]) -> list[int]:
        """Return the ordinals of ids, in their order. Raises: KeyError with the first id that has none."""
        blocks = self._blocks
        try:
            ordinals = [blocks[node_id >> _BLOCK_BITS][node_id & _MASK] for node_id in node_ids]
        except KeyError:
            ordinals = [_ABSENT]
        if _ABSENT in ordinals:
            return list(map(self.__getitem__, node_ids))
        return ordinals

    def __getitem__(self, node_id: int) -> int:
        """Return the ordinal of an id. Raises: KeyError when it has none."""
        block = self._blocks.get(node_id >> _BLOCK_BITS)
        if block is None or (ordinal := block[node_id & _MASK]) == _ABSENT:
            raise KeyError(node_id)
        return ordinal

    def get(self, node_id: int) -> int | None:
        """Return the ordinal of an id; None when it has none."""
        block = self._blocks.get(node_id >> _BLOCK_BITS)
        ordinal = _ABSENT if block is None else block[node_id & _MASK]
        return None if ordinal == _ABSENT else ordinal


class OrdinalSet:
    """Some of the ordinals below a bound: a bit for each."""

    def __init__(self, bound: int) -> None:
        self._bits = bytearray((bound + 7) // 8)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def update(self, ordinals: Iterable[int]) -> None:
        """Add ordinals."""
        for each in ordinals:
            if each not in self:
                self._bits[each >> 3] |= 1 << (each & 7)
                self._size += 1

    def __iter__(self) -> Iterator[int]:
        return (each for each in range(8 * len(self._bits)) if each in self)

    def __contains__(self, ordinal: object) -> bool:
        return isinstance(ordinal, int) and bool(self._bits[ordinal >> 3] >> (ordinal & 7) & 1)
