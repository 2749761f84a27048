"""Large arrays of numbers and bytes, kept in nameless files.

Their pages are the kernel's to write out: they do not count as a worker's memory, however many nodes a graph has.
"""

from __future__ import annotations

import errno
import mmap
import os
import sys
import tempfile
from array import array
from contextlib import ExitStack
from typing import IO, Final, Literal

from shared.full_volumes import temporary_files_named

_FIRST_BYTES: Final = 64 * 1024
_FILL_BYTES: Final = 1024 * 1024
_CANNOT_RESERVE: Final = frozenset({errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
"""What some file systems and C libraries say who know no reserving: there a full volume is not foreseen."""


def _open_temporary() -> IO[bytes]:
    with temporary_files_named():
        return tempfile.TemporaryFile(buffering=0)


def _reserve(file: int, size: int) -> None:
    """Give a file this size, with room on the disk for all of it.

    A page that is mapped and finds no room when it is written ends the process: the system has no error for that.
    Raises: DiskFullError.
    """
    with temporary_files_named():
        os.truncate(file, size)
        try:
            if sys.platform == "linux":
                os.posix_fallocate(file, 0, size)
        except OSError as error:
            if error.errno not in _CANNOT_RESERVE:
                raise


class MappedBytes:
    """Bytes that read as zero until they are written, as many as are asked for."""

    def __init__(self) -> None:
        """Raises: DiskFullError."""
        with ExitStack() as stack:
            self._file = stack.enter_context(_open_temporary())
            _reserve(self._file.fileno(), _FIRST_BYTES)
            self.content = mmap.mmap(self._file.fileno(), 0)
            stack.pop_all()  # `close` closes it

    def hold(self, size: int) -> None:
        """Have room for so many bytes; the content may be another object afterwards. Raises: DiskFullError."""
        if size > len(self.content):
            grown = max(size, 2 * len(self.content))
            _reserve(self._file.fileno(), grown)
            self.content.close()
            self.content = mmap.mmap(self._file.fileno(), 0)

    def close(self) -> None:
        """Give the space back."""
        self.content.close()
        self._file.close()


def mapped_integers(count: int, code: Literal["i", "q"], *, first: Literal[-1, 0] = -1) -> memoryview:
    """Return so many integers of 4 (i) or 8 (q) bytes, all the same at first; the space goes with their last user.

    Those that are 0 at first need not be laid out. Raises: DiskFullError.
    """
    size = max(count, 1) * array(code).itemsize
    with _open_temporary() as file:
        _reserve(file.fileno(), size)
        content = mmap.mmap(file.fileno(), 0)
    for start in range(0, size if first else 0, _FILL_BYTES):
        content[start : start + _FILL_BYTES] = b"\xff" * min(_FILL_BYTES, size - start)
    return memoryview(content).cast(code)[:count]
