"""The port of where an archive is written to, byte after byte, with what is known of it last."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from shared.jobs.summaries import ArchiveFacts
from shared.ports.contents import Readable
from shared.quotas import Room


class ArchiveBody(Protocol):
    """Bytes of an archive that come before what stands in front of them is known."""

    async def append(self, content: bytes) -> None:
        """Take more. Raises: DiskFullError, UnavailableError."""
        ...

    async def finish(self, head: bytes) -> None:
        """Put all behind the head, at the archive's end. Raises: as append."""
        ...


class Spool(Protocol):
    """Bytes that are kept aside until they are read again; they go with the sink."""

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    async def append(self, content: bytes) -> None:
        """Take more. Raises: DiskFullError, UnavailableError."""
        ...

    def read(self, span: range) -> AsyncGenerator[bytes, None]:
        """Stream consecutive bytes, in pieces. Raises: UnavailableError."""
        ...


class ArchiveSink(Protocol):
    """Takes an archive in order: what is written at once, and bodies, one at a time."""

    @property
    def place(self) -> str:
        """What messages call it."""
        ...

    @property
    def size(self) -> int:
        """How many bytes there are, without a body that is not finished."""
        ...

    async def write(self, content: bytes) -> None:
        """Append to the archive, while no body is open. Raises: DiskFullError, UnavailableError."""
        ...

    def begin(self) -> ArchiveBody:
        """Begin a body."""
        ...

    def open_spool(self) -> Spool:
        """Open an empty spool, which costs nothing until something is in it."""
        ...

    def read_back(self) -> AsyncGenerator[bytes, None]:
        """Stream all that there is, once, as it was kept; what is written afterwards is little.

        Raises: UnavailableError.
        """
        ...

    async def finish(self, check: Callable[[Readable], None]) -> None:
        """Complete it. Where it can be read at any place, `check` is called with it, in a thread.

        Raises: DiskFullError, UnavailableError, what `check` raises.
        """
        ...


class StreamedArchive(Protocol):
    """An archive that is written through a sink, invisible until published."""

    @property
    def sink(self) -> ArchiveSink:
        """What it is written to."""
        ...

    async def expect(self, more: int) -> Room | None:
        """Do as PendingArchive does. Raises: as it."""
        ...

    async def publish(self, name: str, *, number: bool = True, prove: bool = False) -> ArchiveFacts:
        """Do as PendingArchive does, once the sink is finished; say what was published. Raises: as it."""
        ...
