"""Archives in a folder for each tenant.

Tenants may be able to write into their folder, so nothing in it is trusted: every file is opened relative to the
folder's own descriptor, without following links, and a finished file gets its name by a link that replaces nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from pathlib import Path

from shared import failpoints
from shared.adapters.folders.opening import (
    NOT_A_FILE,
    READ,
    READ_WRITE,
    find_hidden,
    link_open_file,
    open_file,
    opened_file,
    opened_folder,
    path_of,
    read_clock,
    time_of,
)
from shared.adapters.folders.proofs import drop_proof, is_proof, list_proofs, part_name
from shared.adapters.folders.strays import LINK_REASON, list_strays, remove_stray
from shared.adapters.folders.trials import try_folders
from shared.archive_names import is_archive_name, numbered, require_archive_name
from shared.errors import (
    ArchiveExistsError,
    StrayStaysError,
    TransferError,
    UnknownArchiveError,
    UnknownStrayError,
)
from shared.full_volumes import disk_full_named
from shared.identity import require_tenant_name
from shared.ports.archives import ArchiveProof, FolderFacts, PendingArchive, StoredArchive, Stray
from shared.spelling import choose_spelling, fold

_STAYS = frozenset({errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR})
"""What removing a folder says where there is none, something is in it, or it is a link."""


def _stored(name: str, facts: os.stat_result) -> StoredArchive:
    return StoredArchive(name=name, bytes=facts.st_size, modified=time_of(facts.st_mtime))


def full_volume_named() -> contextlib.AbstractContextManager[None]:
    """Name the error of a full volume. Raises: DiskFullError."""
    return disk_full_named(_describe_full)


def _describe_full(error: OSError) -> str:
    if error.errno == errno.EFBIG:
        return "The archive volume allows no file this large."
    return "The archive volume is full; make room, then try again."


class ArchiveDirectory:
    """The folders of all tenants."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def _folder(self, tenant: str) -> Path:
        return self._root / require_tenant_name(tenant)

    async def add_folder(self, tenant: str) -> None:
        """Make the tenant's folder; one that is a link to another volume counts as there."""
        await asyncio.to_thread(self._folder(tenant).mkdir, parents=True, exist_ok=True)

    async def drop_folder(self, tenant: str) -> None:
        """Remove the tenant's folder, unless it is a link, or files are in it."""

        def drop() -> None:
            try:
                self._folder(tenant).rmdir()
            except OSError as error:
                if error.errno not in _STAYS:
                    raise

        await asyncio.to_thread(drop)

    async def list_archives(self, tenant: str) -> Sequence[StoredArchive]:
        """List the tenant's archives by name; files of other names and links are passed over."""
        return await asyncio.to_thread(self._list, tenant)

    def _list(self, tenant: str) -> Sequence[StoredArchive]:
        with contextlib.suppress(FileNotFoundError), self._open_folder(tenant) as folder:
            return sorted(_stored_in(folder), key=lambda each: each.name)
        return []

    async def get(self, tenant: str, name: str) -> StoredArchive:
        """Describe one archive."""
        return await asyncio.to_thread(self._get, tenant, name)

    def _get(self, tenant: str, name: str) -> StoredArchive:
        require_archive_name(name)
        with contextlib.suppress(FileNotFoundError), self._open_folder(tenant) as folder:
            spelled = _spell(name, folder)
            facts = os.stat(spelled, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISREG(facts.st_mode):
                return _stored(spelled, facts)
            if stat.S_ISLNK(facts.st_mode):
                raise UnknownArchiveError(name, reason=LINK_REASON)
        raise UnknownArchiveError(name)

    @asynccontextmanager
    async def open_local(self, tenant: str, name: str) -> AsyncIterator[Path]:
        """Give the archive as a path that leads to the same content even if the name is deleted or given anew."""
        async with self._open(tenant, name) as descriptor:
            yield path_of(descriptor, self._folder(tenant) / name)

    @asynccontextmanager
    async def _open(self, tenant: str, name: str) -> AsyncIterator[int]:
        descriptor = await asyncio.to_thread(self._open_file, tenant, name)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _open_file(self, tenant: str, name: str) -> int:
        require_archive_name(name)
        try:
            with self._open_folder(tenant) as folder:
                return open_file(_spell(name, folder), READ, folder)
        except OSError as error:
            if error.errno in NOT_A_FILE:
                reason = LINK_REASON if error.errno == errno.ELOOP else None
                raise UnknownArchiveError(name, reason=reason) from error
            raise

    def _open_folder(self, tenant: str) -> contextlib.AbstractContextManager[int]:
        return opened_folder(self._folder(tenant))

    @asynccontextmanager
    async def create(self, tenant: str, *, owner: str) -> AsyncIterator[PendingArchive]:
        """Open an empty part file of this owner; a part that an earlier holder of the same right left is dropped."""
        part = _Part(self._folder(tenant) / part_name(owner))
        with full_volume_named():
            beginning = asyncio.ensure_future(asyncio.to_thread(_begin_part, part.file))
            try:
                # A thread goes on when its awaiter is cancelled: what it makes then must go too.
                part.begin(await asyncio.shield(beginning))
                yield part
            finally:
                # Where no thread is free yet, a cancelled call would never be made.
                await asyncio.shield(_end_begun(part, beginning))

    async def read_clock(self) -> datetime:
        """Ask the volume."""
        return time_of(await asyncio.to_thread(read_clock, self._root))

    async def try_root(self) -> FolderFacts:
        """Write to it."""
        return await asyncio.to_thread(lambda: next(try_folders(self._root)))

    async def try_folders(self) -> Sequence[FolderFacts]:
        """Write and remove a hidden file in each."""
        return await asyncio.to_thread(lambda: list(try_folders(self._root)))

    async def list_strays(self, tenant: str) -> Sequence[Stray]:
        """List what lies in the tenant's folder and can be nothing of ours."""

        def look() -> Sequence[Stray]:
            with contextlib.suppress(FileNotFoundError), self._open_folder(tenant) as folder:
                return list_strays(folder)
            return []

        return await asyncio.to_thread(look)

    async def remove_stray(self, tenant: str, stray_id: str) -> None:
        """Remove it, and nothing that it leads to."""

        def remove() -> None:
            try:
                with self._open_folder(tenant) as folder:
                    remove_stray(folder, stray_id)
            except FileNotFoundError as error:
                raise UnknownStrayError(stray_id) from error
            except OSError as error:
                raise StrayStaysError(stray_id, error.strerror) from error

        await asyncio.to_thread(remove)

    async def list_proofs(self, tenant: str) -> Sequence[ArchiveProof]:
        """List the parts that have an archive's name too."""
        return await asyncio.to_thread(self._list_proofs, tenant)

    def _list_proofs(self, tenant: str) -> Sequence[ArchiveProof]:
        with contextlib.suppress(FileNotFoundError), self._open_folder(tenant) as folder:
            return list_proofs(folder)
        return []

    async def drop_proof(self, tenant: str, proof: ArchiveProof, *, with_archive: bool) -> None:
        """Remove a part, and the archive if that is wanted."""

        def drop() -> None:
            with self._open_folder(tenant) as folder:
                drop_proof(folder, proof, with_archive=with_archive)

        await asyncio.to_thread(drop)

    async def remove_abandoned(self) -> int:
        """Remove the parts that dead processes left, in all folders, and return how many there were."""
        return await asyncio.to_thread(lambda: sum(map(_remove_if_abandoned, find_hidden(self._root, ".*.part"))))

    async def delete(self, tenant: str, name: str) -> None:
        """Delete an archive; who reads it at the moment can finish."""
        await asyncio.to_thread(self._delete, tenant, name)

    def _delete(self, tenant: str, name: str) -> None:
        name = self._get(tenant, name).name
        with contextlib.suppress(FileNotFoundError), self._open_folder(tenant) as folder:
            os.unlink(name, dir_fd=folder)
            os.fsync(folder)
            return
        raise UnknownArchiveError(name)


def _spell(name: str, folder: int) -> str:
    """Return how an open folder spells the name; as it is where it has none. Raises: AmbiguousNameError."""
    return name if name.isascii() else choose_spelling(name, os.listdir(folder)) or name


def _stored_in(folder: int) -> Iterator[StoredArchive]:
    """Give the archives of an open folder; one that goes meanwhile is passed over."""
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                if _is_archive(entry):
                    yield _stored(entry.name, entry.stat(follow_symlinks=False))
            except OSError:
                continue


def _is_archive(entry: os.DirEntry[str]) -> bool:
    return is_archive_name(entry.name) and entry.is_file(follow_symlinks=False)


def _begin_part(part: Path) -> int:
    """Create the part and hold a lock on it, which says that its process lives."""
    part.parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)
    while True:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink > 0:
            return descriptor
        os.close(descriptor)  # taken for abandoned between the two calls


async def _end_begun(part: _Part, beginning: asyncio.Future[int]) -> None:
    await asyncio.to_thread(_end_part, part, await beginning)


def _end_part(part: _Part, descriptor: int) -> None:
    # What has taken the part's name, or its folder's, is not ours to remove.
    with contextlib.suppress(OSError):
        if not part.is_proof:
            part.file.unlink(missing_ok=True)
    os.close(descriptor)


def _remove_if_abandoned(part: Path) -> bool:
    # The lock cannot be had while the process lives that writes the part; a link, or a part gone meanwhile, is passed.
    with (
        contextlib.suppress(OSError),
        opened_folder(part.parent) as folder,
        opened_file(part.name, READ_WRITE, folder) as descriptor,
    ):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not is_proof(os.fstat(descriptor)):
            os.unlink(part.name, dir_fd=folder)
            return True
    return False


class _Part:
    """A part file, published once."""

    def __init__(self, file: Path) -> None:
        self.path = self.file = file
        self.is_proof = False
        self._descriptor = -1

    def begin(self, descriptor: int) -> None:
        """Take the file, which stays the one that is written whatever becomes of its name."""
        self._descriptor = descriptor
        self.path = path_of(descriptor, self.file)

    async def publish(self, name: str, *, number: bool = True, prove: bool = False) -> str:
        """Give the part its name, on disk before this returns."""
        require_archive_name(name)
        with full_volume_named():
            taken = await asyncio.to_thread(self._publish, name, number)
        self.is_proof = prove
        return taken

    def _publish(self, name: str, number: bool) -> str:
        with opened_folder(self.file.parent) as folder:
            os.fsync(self._descriptor)
            with failpoints.around("rename"):
                taken = link_archive(self._descriptor, self.file.name, name, folder, number=number)
            os.fsync(folder)
        return taken


def link_archive(descriptor: int, own: str, name: str, folder: int, *, number: bool) -> str:
    """Give the open file that has its own name in a folder another, and return that; numbered where it is taken.

    Raises: ArchiveExistsError; TransferError where the file has lost its own name.
    """
    name = fold(name)
    taken = () if name.isascii() else {fold(each) for each in os.listdir(folder)}
    try:
        for each in count(1) if number else (1,):
            wanted = numbered(name, each)
            if wanted in taken:
                continue
            with contextlib.suppress(FileExistsError):
                link_open_file(descriptor, own, wanted, folder)
                return wanted
    except FileNotFoundError as error:
        raise TransferError(
            f"What was written of {name!r} was removed from the archive folder before it was whole; start again."
        ) from error
    raise ArchiveExistsError(name)
