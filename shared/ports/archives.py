"""The port of the archives of tenants."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from shared.jobs.record import ArchiveIdentity
from shared.ports.archive_sinks import StreamedArchive
from shared.ports.contents import ArchiveContent
from shared.quotas import Room


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArchive:
    """An archive in a tenant's folder."""

    name: str
    bytes: int
    modified: datetime
    arrived: datetime
    """When it came into the folder, or its owner, its mode or its name was changed there: nobody can choose it."""
    pinned: bool = False
    """Whether it stays until it is unpinned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveProof:
    """That an archive was published by this owner, kept until the owner's job has ended and tells so itself."""

    owner: str
    name: str | None
    """The archive's; None when it was deleted since."""


class StrayKind(StrEnum):
    """What a stray is."""

    FILE = "file"
    """Under a name that no archive may have."""
    LINK = "link"
    FOLDER = "folder"
    OTHER = "other"
    """A pipe, a socket or a device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """Something in a tenant's folder that can be nothing of ours, or the pin of an archive that is gone."""

    id: str
    """Of its name, which may be none that can be sent."""
    name: str
    """For people: what cannot be printed is escaped."""
    kind: StrayKind
    reason: str
    """Why it is not taken for an archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderFacts:
    """How a folder of archives was found."""

    path: Path | str
    """A folder, or the address of a bucket."""
    fault: str | None
    """Why no archive can be written there; None where one can."""
    is_elsewhere: bool
    """Whether it is on another volume than the folder of all."""
    note: str = ""
    """What else is to be known of it."""


class PendingArchive(Protocol):
    """A file that is being written, invisible until published."""

    path: Path

    async def expect(self, more: int) -> Room | None:
        """Make sure that so many bytes more may come; return the file's room in its quota, None where it has none.

        Raises: as grow.
        """
        ...

    async def grow(self, by: int) -> None:
        """Tell that so many bytes more are written: the folder is looked at now and then, and where the room ends.

        What was expected is looked at once. Raises: QuotaExceededError, and then the file is gone; UnavailableError
        where another process holds the folder for long.
        """
        ...

    async def publish(self, name: str, *, number: bool = True, prove: bool = False) -> str:
        """Give the finished file its name, durably, and return it: never replacing one, `-2`, `-3` … where it is taken.

        The name is spelled in NFC. With a proof where one is wanted, which then outlives the context.
        Raises: DiskFullError; ArchiveExistsError where it is taken and shall not be numbered; QuotaExceededError, and
        then the file is gone; UnavailableError where another process holds the folder for long.
        """
        ...


class ArchiveStore(Protocol):
    """Keeps archives, a folder for each tenant. Names are checked: Raises InvalidFileNameError everywhere.

    A name finds the file that is spelled so, else the one that is the same but for its Unicode normal form: Raises
    AmbiguousNameError where there are several.
    """

    async def add_folder(self, tenant: str) -> None:
        """Make the tenant's folder where there is none. Raises: OSError."""
        ...

    async def drop_folder(self, tenant: str) -> None:
        """Remove the tenant's folder if nothing is in it. Raises: OSError."""
        ...

    async def list_archives(self, tenant: str) -> Sequence[StoredArchive]:
        """List the tenant's archives by name."""
        ...

    async def get(self, tenant: str, name: str) -> StoredArchive:
        """Raises: UnknownArchiveError, which names a link that is there instead: its text is not for everybody."""
        ...

    def open_local(self, tenant: str, name: str) -> AbstractAsyncContextManager[Path]:
        """Give the archive as a local file for the time of the context. Raises: UnknownArchiveError."""
        ...

    def open_content(self, tenant: str, name: str) -> AbstractAsyncContextManager[ArchiveContent]:
        """Open the archive, to read it where it lies, for the time of the context. Raises: UnknownArchiveError."""
        ...

    async def identify(self, path: Path) -> ArchiveIdentity:
        """Tell an archive, open here as this local file or about to be published from it, from others of its name."""
        ...

    def create(
        self, tenant: str, *, owner: str, quota: int | None = None
    ) -> AbstractAsyncContextManager[PendingArchive]:
        """Open a part file of this owner (a job and its fence), gone when the context closes unless published.

        `quota`: the bytes that all in the folder may take together, with this file; None: no limit.
        """
        ...

    def stream(
        self, tenant: str, *, owner: str, most: int, quota: int | None = None
    ) -> AbstractAsyncContextManager[StreamedArchive]:
        """Open an archive of this owner that is written in order, gone when the context closes unless published.

        It takes no room of this machine that the archives themselves do not take. `most`: the bytes that it may have;
        `quota` as for create.
        """
        ...

    async def measure_open(self) -> int | None:
        """Add up the bytes of uploads to a bucket that are neither completed nor given up; None where there is none.

        Raises: UnavailableError.
        """
        ...

    async def measure(self, tenant: str) -> int:
        """Add up the bytes of all files of the tenant's folder: archives, and what is being written."""
        ...

    async def set_pinned(self, tenant: str, name: str, *, pinned: bool) -> StoredArchive:
        """Pin an archive, or unpin it. Raises: UnknownArchiveError, DiskFullError, UnavailableError.

        ConflictError where it goes with its job.
        """
        ...

    async def delete(self, tenant: str, name: str) -> None:
        """Delete an archive. Raises: UnknownArchiveError, UnavailableError; ArchivePinnedError where it is to stay."""
        ...

    def keep(self, tenant: str) -> AbstractAsyncContextManager[None]:
        """Have no archive of the tenant expire within the context: from a look at one until a job says it is wanted.

        Raises: UnavailableError.
        """
        ...

    async def expire(
        self, tenant: str, name: str, *, before: datetime, is_wanted: Callable[[], Awaitable[bool]]
    ) -> bool:
        """Delete an archive that came before, unless it is wanted: asked when nobody keeps archives. Return whether.

        Raises: as delete; UnknownArchiveError for one that came later, too.
        """
        ...

    async def read_clock(self) -> datetime:
        """Return what time it is by the clock that archives have their times by."""
        ...

    async def try_root(self) -> FolderFacts:
        """Try out whether archives can be written to the folder of all."""
        ...

    async def try_folders(self) -> Sequence[FolderFacts]:
        """Try out whether archives can be written: to the folder of all, then to that of each tenant."""
        ...

    async def list_strays(self, tenant: str) -> Sequence[Stray]:
        """List what else lies in the tenant's folder, by name, the first thousand."""
        ...

    async def remove_stray(self, tenant: str, stray_id: str) -> None:
        """Remove a stray with all that is in it. Raises: UnknownStrayError, StrayStaysError."""
        ...

    async def list_proofs(self, tenant: str) -> Sequence[ArchiveProof]:
        """List the proofs of the tenant's archives that still stand."""
        ...

    async def remove_abandoned(self) -> int:
        """Remove the parts that dead processes left, in all folders, and return how many there were."""
        ...

    async def drop_proof(self, tenant: str, proof: ArchiveProof, *, with_archive: bool) -> None:
        """Remove a proof, and the archive if nobody is to have it; what is gone already is fine."""
        ...
