"""The content of an archive, read where it lies."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import IO, Literal, Protocol, TypeVar

from shared.jobs.record import ArchiveIdentity

_Found = TypeVar("_Found")


class Readable(Protocol):
    """What can be opened and read at any place, in a thread: a path, or an archive that lies elsewhere."""

    def open(self, mode: Literal["rb"], /) -> IO[bytes]:
        """Open it anew, at its beginning."""
        ...


class ArchiveContent(Protocol):
    """An archive that is open for reading. All that is read is of the content that was opened, or reading fails."""

    @property
    def size(self) -> int:
        """Its size."""
        ...

    @property
    def changed(self) -> float:
        """When it was changed last, in seconds since 1970: up to one later where the store tells no parts of them."""
        ...

    @property
    def version(self) -> str:
        """Another one for each content that this archive or another has had: for what is remembered of contents."""
        ...

    async def hash(self) -> bytes:
        """Return the SHA-256 of the whole, which is read for it where the store does not keep it.

        Raises: ConflictError where it is being written; UnavailableError.
        """
        ...

    async def identify(self) -> ArchiveIdentity:
        """Tell it from others of its name. Raises: as hash."""
        ...

    async def make_address(self, *, disposition: str, media_type: str, seconds: int) -> str | None:
        """Return where anybody can have the whole without credentials for so long; None: nowhere.

        Raises: UnavailableError.
        """
        ...

    def read(self, part: range) -> AsyncGenerator[bytes, None]:
        """Stream consecutive bytes in pieces, the last one only where all before are good.

        Raises: TransferError, UnavailableError, where it has become another meanwhile; InvalidArchiveError where it is
        not what was stored.
        """
        ...

    async def examine(self, work: Callable[[Readable], _Found]) -> _Found:
        """Return what work finds, which is called in a thread, and may be called anew: it changes nothing.

        Raises: what work raises; DiskFullError, InvalidArchiveError, UnavailableError.
        """
        ...
