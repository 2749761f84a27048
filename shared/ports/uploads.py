"""The port of uploads that arrive in pieces."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from shared.quotas import Room


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFacts:
    """An upload as it stands."""

    id: str
    length: int | None
    """All of it, in bytes; None: not known yet."""
    name: str
    """What the archive is to be called."""
    number: bool
    """Whether it may be called `-2`, `-3` … where that name is taken."""
    offset: int
    """How much is on disk."""
    expires: datetime
    """When it goes, unless more arrives before."""
    metadata: str = ""
    """What its maker said of it, as it was sent."""
    archive: str | None = None
    """What it is called in the tenant's folder; None until it is complete and found good."""


class OpenUpload(Protocol):
    """An upload that nobody else writes to. What has arrived stays, whatever becomes of the writer."""

    facts: UploadFacts

    def open_local(self) -> AbstractAsyncContextManager[Path]:
        """Give all that has arrived as a local file for the time of the context, once it is whole.

        Raises: DiskFullError, UnavailableError.
        """
        ...

    async def set_length(self, length: int) -> None:
        """Note how much it will be in all, where that was not known. Raises: DiskFullError."""
        ...

    async def wait_until_wanted(self) -> None:
        """Return when another request waits to write."""
        ...

    async def write(self, content: bytes) -> None:
        """Append. Raises: DiskFullError."""
        ...

    async def expect(self, more: int) -> Room | None:
        """Do as PendingArchive does. Raises: as grow."""
        ...

    async def grow(self, by: int) -> None:
        """Tell that so many bytes more are written. Raises: QuotaExceededError, and then they are gone: remove it.

        Where the length is known, it was expected when the upload began: it is looked at after a while only.
        """
        ...

    async def sync(self) -> None:
        """Bring all that was written to disk. Raises: DiskFullError."""
        ...

    async def doubt(self) -> None:
        """Let what is written from now on count only once it is trusted."""
        ...

    async def trust(self, *, keep: bool) -> None:
        """End the doubt: what was written since is kept, or cut off."""
        ...

    async def publish(self) -> str:
        """Give the archive its name in the tenant's folder, and return it; a second time it has the same.

        Raises: ArchiveExistsError, DiskFullError, UnavailableError; QuotaExceededError, and then its bytes are gone.
        """
        ...

    async def remove(self) -> None:
        """Remove the upload with all that has arrived."""
        ...


class UploadStore(Protocol):
    """Keeps uploads where every gateway finds them. All raise UnknownUploadError for one that is not there."""

    async def create(
        self, tenant: str, *, length: int | None, name: str, number: bool, metadata: str = ""
    ) -> UploadFacts:
        """Begin an upload; its length may come later. Raises: DiskFullError."""
        ...

    async def get(self, tenant: str, upload_id: str) -> UploadFacts:
        """Tell how an upload stands, once that is on disk."""
        ...

    def open(self, tenant: str, upload_id: str, *, quota: int | None = None) -> AbstractAsyncContextManager[OpenUpload]:
        """Open an upload for writing; another writer is told that it is wanted. The quota is as of ArchiveStore.create.

        Raises: UploadBusyError if that one goes on for more than some seconds.
        """
        ...

    async def remove_expired(self) -> int:
        """Remove what has been left alone too long, of all tenants; return how many there were."""
        ...
