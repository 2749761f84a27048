"""Archives written to a file of this machine, beside nameless files for what has to wait."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import IO, Final, Self

from shared.archive.file_hash import hash_file
from shared.archive.limits import MIB
from shared.archive.volume import full_volume_named
from shared.concurrency.stoppable import in_thread
from shared.jobs.summaries import ArchiveFacts
from shared.ports.archives import PendingArchive
from shared.ports.contents import Readable
from shared.quotas import Room

_READ_BYTES: Final = 4 * MIB


class FileSink:
    """Implements the ArchiveSink port."""

    def __init__(self, path: Path, file: IO[bytes], resources: ExitStack) -> None:
        self.path = path
        self.file = file
        self.size = 0
        self._resources = resources

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[Self]:
        """Create or empty the file; what was not finished stays a torn file for its owner to remove."""
        with ExitStack() as resources:
            file = resources.enter_context(await asyncio.to_thread(path.open, "w+b"))
            yield cls(path, file, resources)

    @property
    def place(self) -> str:
        """The file's name."""
        return self.path.resolve().name

    def full_volume_named(self, beside: int = 0) -> AbstractContextManager[None]:
        """Name a full volume with how much of the archive was written. Raises: DiskFullError."""
        return full_volume_named(self.path, self.size + beside)

    def open_file(self) -> IO[bytes]:
        """Open a nameless file on the same volume, which goes with the sink at the latest."""
        return self._resources.enter_context(tempfile.TemporaryFile(dir=self.path.resolve().parent))

    async def write(self, content: bytes) -> None:
        """Write to the file."""
        with self.full_volume_named():
            await in_thread(partial(self.file.write, content))
        self.size += len(content)

    def begin(self) -> FileBody:
        """Let a body wait in a nameless file."""
        return FileBody(self)

    def open_spool(self) -> FileSpool:
        """Open a nameless file when something comes."""
        return FileSpool(self)

    async def read_back(self) -> AsyncGenerator[bytes, None]:
        """Read what the file's path leads to."""
        with self.full_volume_named():
            await in_thread(self.file.flush)
        with await asyncio.to_thread(self.path.open, "rb") as file:
            while piece := await in_thread(partial(file.read, _READ_BYTES)):
                yield piece

    async def finish(self, check: Callable[[Readable], None]) -> None:
        """Force all to the disk; have it checked."""
        with self.full_volume_named():
            await in_thread(self._sync)
        await in_thread(partial(check, self.path))

    def _sync(self) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())


class FileBody:
    """Implements the ArchiveBody port."""

    def __init__(self, sink: FileSink) -> None:
        self._sink = sink
        self._size = 0
        with sink.full_volume_named():
            self._file = sink.open_file()

    async def append(self, content: bytes) -> None:
        """Write to the nameless file."""
        with self._sink.full_volume_named(self._size):
            await in_thread(partial(self._file.write, content))
        self._size += len(content)

    async def finish(self, head: bytes) -> None:
        """Write the head to the archive, and copy the nameless file behind it."""
        with self._sink.full_volume_named():
            await in_thread(partial(self._copy, head))
        self._sink.size += len(head) + self._size

    def _copy(self, head: bytes) -> None:
        self._file.seek(0)
        self._sink.file.write(head)
        while piece := self._file.read(_READ_BYTES):
            self._sink.file.write(piece)
        self._file.close()


class FileSpool:
    """Implements the Spool port."""

    def __init__(self, sink: FileSink) -> None:
        self._sink = sink
        self._file: IO[bytes] | None = None
        self.size = 0

    async def append(self, content: bytes) -> None:
        """Write to the nameless file."""
        with self._sink.full_volume_named():
            if self._file is None:
                self._file = self._sink.open_file()
            await in_thread(partial(self._file.write, content))
        self.size += len(content)

    async def read(self, span: range) -> AsyncGenerator[bytes, None]:
        """Read a span of the nameless file."""
        for start in range(span.start, span.stop, _READ_BYTES):
            yield await in_thread(partial(self._read, start, min(_READ_BYTES, span.stop - start)))

    def _read(self, start: int, length: int) -> bytes:
        if self._file is None:
            return b""
        self._file.seek(start)
        return self._file.read(length)


class StreamedFile:
    """Implements the StreamedArchive port with a part file."""

    def __init__(self, part: PendingArchive, sink: FileSink) -> None:
        self.sink = sink
        self._part = part

    async def expect(self, more: int) -> Room | None:
        """Ask the part."""
        return await self._part.expect(more)

    async def publish(self, name: str, *, number: bool = True, prove: bool = False) -> ArchiveFacts:
        """Publish the part."""
        return await publish_file(self._part, name, number=number, prove=prove)


async def publish_file(part: PendingArchive, name: str, *, number: bool = True, prove: bool = False) -> ArchiveFacts:
    """Publish a finished part file, and say what it is. Raises: as PendingArchive.publish."""
    sha256, size = await in_thread(partial(hash_file, part.path))
    return ArchiveFacts(name=await part.publish(name, number=number, prove=prove), bytes=size, sha256=sha256)
