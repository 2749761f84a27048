"""Files of this machine that archives are written to and read from for a while.

They have no name where the system lets files have none: nobody else can take them away, and they go with their process.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.full_volumes import disk_full_named


@dataclass(frozen=True, slots=True, kw_only=True)
class ScratchFile:
    """An open file."""

    descriptor: int
    path: Path

    @property
    def size(self) -> int:
        """How much is in it."""
        return os.fstat(self.descriptor).st_size

    def read(self, start: int, length: int) -> bytes:
        """Read so many bytes, fewer at its end."""
        pieces, place = [], start
        while place < start + length and (piece := os.pread(self.descriptor, start + length - place, place)):
            pieces.append(piece)
            place += len(piece)
        return b"".join(pieces)

    def write(self, start: int, content: bytes) -> None:
        """Write all of it. Raises: OSError."""
        left = memoryview(content)
        while left:
            written = os.pwrite(self.descriptor, left, start)
            start, left = start + written, left[written:]

    def empty(self) -> None:
        """Drop what is in it."""
        os.ftruncate(self.descriptor, 0)


class Scratch:
    """The folder of such files, made where it is missing."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = Path(tempfile.gettempdir()) if folder is None else folder

    @contextmanager
    def open(self) -> Iterator[ScratchFile]:
        """Open an empty file for the time of the context. Raises: DiskFullError."""
        with self.full_volume_named():
            self.folder.mkdir(parents=True, exist_ok=True)
            with _open_file(self.folder) as file:
                yield file

    def full_volume_named(self) -> AbstractContextManager[None]:
        """Name the error of a full volume. Raises: DiskFullError."""
        return disk_full_named(
            lambda error: (
                f"The volume of {self.folder}, where archives are written before they go to the object store, is full "
                f"({error.strerror}); make room on it, or let GRAPHFERRY_SCRATCH_DIR name another, then try again."
            )
        )


@contextmanager
def _open_file(folder: Path) -> Iterator[ScratchFile]:
    descriptor, name = tempfile.mkstemp(prefix="graphferry-", dir=folder)
    path, opened = Path(name), Path(f"/proc/{os.getpid()}/fd/{descriptor}")
    try:
        if sys.platform == "linux":
            path.unlink()
            path = opened
        yield ScratchFile(descriptor=descriptor, path=path)
    finally:
        os.close(descriptor)
        if path is not opened:
            path.unlink(missing_ok=True)
