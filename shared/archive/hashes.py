"""Node hashes by ordinal: 16 bytes each, in a temporary file above a cap."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterable
from typing import Final

HASH_BYTES: Final = 16
IN_MEMORY_BYTES: Final = 32 * 1024**2
"""Two million nodes; a file's pages beyond it are the kernel's to drop."""


class HashTable:
    """A growing table of hashes."""

    def __init__(self, *, in_memory_bytes: int = IN_MEMORY_BYTES) -> None:
        self._in_memory_bytes = in_memory_bytes
        self._table: bytearray | mmap.mmap = bytearray()

    def put(self, first: int, hashes: bytes) -> None:
        """Store hashes of contiguous ordinals, in any order of calls."""
        start = first * HASH_BYTES
        end = start + len(hashes)
        if end > len(self._table):
            self._grow(end)
        self._table[start:end] = hashes

    def find_all(self, ordinals: Iterable[int]) -> list[bytes | bytearray]:
        """Return the hashes of ordinals stored before, in their order."""
        table = self._table
        return [table[at : at + HASH_BYTES] for at in [HASH_BYTES * ordinal for ordinal in ordinals]]

    def close(self) -> None:
        """Give the space back."""
        if isinstance(self._table, mmap.mmap):
            self._table.close()
        self._table = bytearray()

    def _grow(self, size: int) -> None:
        if isinstance(self._table, bytearray):
            if size <= self._in_memory_bytes:
                self._table.extend(bytes(size - len(self._table)))
                return
            self._table = _mapped(self._table)
        if size > len(self._table):
            self._table.resize(max(size, 2 * len(self._table)))


def _mapped(content: bytearray) -> mmap.mmap:
    with tempfile.TemporaryFile() as file:
        file.truncate(max(len(content), mmap.PAGESIZE))
        mapped = mmap.mmap(file.fileno(), 0)
    mapped[: len(content)] = bytes(content)
    return mapped
