"""Large arrays of numbers and bytes, kept in nameless files.

Their pages are the kernel's to write out: they do not count as a worker's memory, however many nodes a graph has.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from array import array
from typing import Final, Literal

_FIRST_BYTES: Final = 64 * 1024
_FILL_BYTES: Final = 1024 * 1024


class MappedBytes:
    """Bytes that read as zero until they are written, as many as are asked for."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - `close` closes it
        os.truncate(self._file.fileno(), _FIRST_BYTES)
        self.content = mmap.mmap(self._file.fileno(), 0)

    def hold(self, size: int) -> None:
        """Have room for so many bytes; the content may be another object afterwards."""
        if size > len(self.content):
            grown = max(size, 2 * len(self.content))
            self.content.close()
            os.truncate(self._file.fileno(), grown)
            self.content = mmap.mmap(self._file.fileno(), 0)

    def close(self) -> None:
        """Give the space back."""
        self.content.close()
        self._file.close()


def mapped_integers(count: int, code: Literal["i", "q"]) -> memoryview:
    """Return so many integers of 4 (i) or 8 (q) bytes, all -1 at first; the space goes with their last user."""
    size = max(count, 1) * array(code).itemsize
    with tempfile.TemporaryFile(buffering=0) as file:
        os.truncate(file.fileno(), size)
        content = mmap.mmap(file.fileno(), 0)
    for start in range(0, size, _FILL_BYTES):
        content[start : start + _FILL_BYTES] = b"\xff" * min(_FILL_BYTES, size - start)
    return memoryview(content).cast(code)[:count]
