"""Node hashes by ordinal: 16 bytes each."""

from __future__ import annotations

from collections.abc import Iterable
from mmap import mmap
from typing import Final

from shared.packing.mapped_arrays import MappedBytes

HASH_BYTES: Final = 16


class HashTable:
    """A growing table of hashes."""

    def __init__(self) -> None:
        self._table = MappedBytes()

    def put(self, first: int, hashes: bytes) -> None:
        """Store hashes of contiguous ordinals, in any order of calls."""
        start = first * HASH_BYTES
        end = start + len(hashes)
        self._table.hold(end)
        self._table.content[start:end] = hashes

    def hold(self, nodes: int) -> mmap:
        """Return the table, with room for so many nodes; good until it grows."""
        self._table.hold(nodes * HASH_BYTES)
        return self._table.content

    def find_all(self, ordinals: Iterable[int]) -> list[bytes]:
        """Return the hashes of ordinals stored before, in their order."""
        content = self._table.content
        return [content[at : at + HASH_BYTES] for at in [HASH_BYTES * ordinal for ordinal in ordinals]]

    def close(self) -> None:
        """Give the space back."""
        self._table.close()
