"""Files of this machine that archives are written to and read from for a while.

They have no name where the system lets files have none: nobody else can take them away, and they go with their process.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.full_volumes import disk_full_named


@dataclass(frozen=True, slots=True, kw_only=True)
class ScratchFile:
    """An open file."""

    descriptor: int
    path: Path
    has_name: bool

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
        """Drop what is in it, which may take a while."""
        os.ftruncate(self.descriptor, 0)

    def close(self) -> None:
        """Drop it, which may take as long."""
        os.close(self.descriptor)
        if self.has_name:
            self.path.unlink(missing_ok=True)


class Scratch:
    """The folder of such files, made where it is missing."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = Path(tempfile.gettempdir()) if folder is None else folder

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ScratchFile]:
        """Open an empty file for the time of the context. Raises: DiskFullError."""
        with self.full_volume_named():
            self.folder.mkdir(parents=True, exist_ok=True)
            file = _open_file(self.folder)
            try:
                yield file
            finally:
                # The system frees a large file for long.
                await asyncio.shield(asyncio.to_thread(file.close))

    def full_volume_named(self) -> AbstractContextManager[None]:
        """Name the error of a full volume. Raises: DiskFullError."""
        return disk_full_named(
            lambda error: (
                f"The volume of {self.folder}, where archives are written before they go to the object store, is full "
                f"({error.strerror}); make room on it, or let GRAPHFERRY_SCRATCH_DIR name another, then try again."
            )
        )


def _open_file(folder: Path) -> ScratchFile:
    descriptor, name = tempfile.mkstemp(prefix="graphferry-", dir=folder)
    path = Path(name)
    if sys.platform != "linux":
        return ScratchFile(descriptor=descriptor, path=path, has_name=True)
    path.unlink()
    return ScratchFile(descriptor=descriptor, path=Path(f"/proc/{os.getpid()}/fd/{descriptor}"), has_name=False)
