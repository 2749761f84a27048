"""The content of an archive that is an open file of this machine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from shared.archive.file_hash import hash_file
from shared.concurrency.stoppable import in_thread
from shared.errors import ConflictError, TransferError
from shared.jobs.record import ArchiveIdentity
from shared.ports.contents import Readable

PIECE_BYTES: Final = 256 * 1024
"""Read at once: large enough for full speed, small enough for a thousand downloads."""

_Found = TypeVar("_Found")


@asynccontextmanager
async def open_content(path: Path, *, grows: bool = False) -> AsyncIterator[LocalContent]:
    """Open a file for the time of the context. Raises: OSError."""
    with await asyncio.to_thread(path.open, "rb", 0) as file:
        yield LocalContent(file.fileno(), path, grows=grows)


class LocalContent:
    """Implements the ArchiveContent port."""

    def __init__(self, descriptor: int, path: Path, *, grows: bool = False) -> None:
        """`path` leads to the open file; `grows`: others write to its end, which makes it no other."""
        self._descriptor = descriptor
        self._path = path
        self._grows = grows
        self._facts = os.fstat(descriptor)

    @property
    def size(self) -> int:
        """What the file system says."""
        return self._facts.st_size

    @property
    def changed(self) -> float:
        """The time of change of the inode, which nobody can choose."""
        return self._facts.st_ctime

    @property
    def version(self) -> str:
        """What the file system tells a content by."""
        facts = self._facts
        return f"{facts.st_dev:x}-{facts.st_ino:x}-{facts.st_size:x}-{facts.st_ctime_ns:x}"

    async def hash(self) -> bytes:
        """Read it: a second for each gigabyte or two."""
        sha256, _ = await in_thread(partial(hash_file, self._path))
        if not self._is_unwritten():
            raise ConflictError("The file is being written at this moment; ask again once it is whole.")
        return bytes.fromhex(sha256)

    async def identify(self) -> ArchiveIdentity:
        """Ask the file system."""
        facts = self._facts
        return ArchiveIdentity(inode=facts.st_ino, bytes=facts.st_size, modified_ns=facts.st_mtime_ns)

    async def make_address(self, *, disposition: str, media_type: str, seconds: int) -> str | None:
        """A file has none."""
        del disposition, media_type, seconds
        return None

    async def read(self, part: range) -> AsyncGenerator[bytes, None]:
        """Give the last piece only where nobody has written to the file meanwhile."""
        place = part.start
        while place < part.stop:
            piece = await asyncio.to_thread(os.pread, self._descriptor, min(PIECE_BYTES, part.stop - place), place)
            place += len(piece)
            if not self._grows and place == part.stop and not self._is_unwritten():
                raise TransferError("The file was written anew while it was sent; ask for it again.")
            if not piece:
                raise TransferError("The file became shorter while it was sent; ask for it again.")
            yield piece

    async def examine(self, work: Callable[[Readable], _Found]) -> _Found:
        """Let work read the file."""
        return await in_thread(partial(work, self._path))

    def _is_unwritten(self) -> bool:
        """Whether the file is as it was; a name more or less is no change of it."""
        now = os.fstat(self._descriptor)
        return (self._facts.st_size, self._facts.st_mtime_ns) == (now.st_size, now.st_mtime_ns)
