"""Archives in a folder for each tenant.

Tenants may be able to write into their folder, so nothing in it is trusted: every file is opened relative to the
folder's own descriptor, without following links, and a finished file gets its name by a link that replaces nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from pathlib import Path

from shared import failpoints
from shared.adapters.folders.keeping import Keeping
from shared.adapters.folders.locks import FolderLocks
from shared.adapters.folders.opening import (
    NOT_A_FILE,
    READ,
    find_hidden,
    link_open_file,
    open_file,
    opened_folder,
    path_of,
    read_clock,
    time_of,
)
from shared.adapters.folders.parts import begin_part, remove_if_abandoned
from shared.adapters.folders.pins import drop_pin, is_pin_name, is_pinned, pin_name, put_pin
from shared.adapters.folders.proofs import drop_proof, list_proofs, part_name
from shared.adapters.folders.quotas import Scale, measure
from shared.adapters.folders.strays import LINK_REASON, list_strays, remove_stray
from shared.adapters.folders.trials import try_folders
from shared.adapters.folders.volume import full_volume_named
from shared.archive.file_identity import identify
from shared.archive.file_sink import FileSink, StreamedFile
from shared.archive.local_content import LocalContent
from shared.archive_names import is_archive_name, job_of_archive, numbered, require_archive_name
from shared.errors import (
    ArchiveExistsError,
    ArchivePinnedError,
    ConflictError,
    StrayStaysError,
    TransferError,
    UnknownArchiveError,
    UnknownStrayError,
)
from shared.identity import require_tenant_name
from shared.jobs.record import ArchiveIdentity
from shared.ports.archive_sinks import StreamedArchive
from shared.ports.archives import ArchiveProof, FolderFacts, PendingArchive, StoredArchive, Stray
from shared.ports.contents import ArchiveContent
from shared.quotas import Room
from shared.spelling import choose_spelling, fold

_STAYS = frozenset({errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR})
"""What removing a folder says where there is none, something is in it, or it is a link."""


def _stored(name: str, facts: os.stat_result, *, pinned: bool) -> StoredArchive:
    return StoredArchive(
        name=name,
        bytes=facts.st_size,
        modified=time_of(facts.st_mtime),
        arrived=time_of(facts.st_ctime),
        pinned=pinned,
    )


class ArchiveDirectory:
    """The folders of all tenants."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._locks = FolderLocks(root)
        self._keeping = Keeping(root)

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
                return _stored(spelled, facts, pinned=is_pinned(folder, spelled))
            if stat.S_ISLNK(facts.st_mode):
                raise UnknownArchiveError(name, reason=LINK_REASON)
        raise UnknownArchiveError(name)

    @asynccontextmanager
    async def open_local(self, tenant: str, name: str) -> AsyncIterator[Path]:
        """Give the archive as a path that leads to the same content even if the name is deleted or given anew."""
        async with self._open(tenant, name) as descriptor:
            yield path_of(descriptor, self._folder(tenant) / name)

    @asynccontextmanager
    async def open_content(self, tenant: str, name: str) -> AsyncIterator[ArchiveContent]:
        """Open the file, which stays the one that is read."""
        async with self._open(tenant, name) as descriptor:
            yield LocalContent(descriptor, path_of(descriptor, self._folder(tenant) / name))

    async def identify(self, path: Path) -> ArchiveIdentity:
        """Ask the file system."""
        return await asyncio.to_thread(identify, path)

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
    async def create(self, tenant: str, *, owner: str, quota: int | None = None) -> AsyncIterator[PendingArchive]:
        """Open an empty part file of this owner; a part that an earlier holder of the same right left is dropped."""
        part = _Part(self._folder(tenant) / part_name(owner), self._locks, quota)
        with full_volume_named():
            beginning = asyncio.ensure_future(asyncio.to_thread(begin_part, part.file))
            try:
                # A thread goes on when its awaiter is cancelled: what it makes then must go too.
                part.begin(await asyncio.shield(beginning))
                yield part
            finally:
                # Where no thread is free yet, a cancelled call would never be made.
                await asyncio.shield(_end_begun(part, beginning))

    @asynccontextmanager
    async def stream(
        self, tenant: str, *, owner: str, most: int, quota: int | None = None
    ) -> AsyncIterator[StreamedArchive]:
        """Write to a part file."""
        del most
        async with self.create(tenant, owner=owner, quota=quota) as part, FileSink.open(part.path) as sink:
            yield StreamedFile(part, sink)

    async def measure_open(self) -> int | None:
        """There are no such uploads."""
        return None

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
        return await asyncio.to_thread(lambda: sum(map(remove_if_abandoned, find_hidden(self._root, ".*.part"))))

    async def measure(self, tenant: str) -> int:
        """Add up what lies in the tenant's folder; folders in it are not looked into."""

        def look() -> int:
            with contextlib.suppress(FileNotFoundError), self._open_folder(tenant) as folder:
                return measure(folder)
            return 0

        return await asyncio.to_thread(look)

    async def set_pinned(self, tenant: str, name: str, *, pinned: bool) -> StoredArchive:
        """Put a pin beside the archive, or take it away, durably."""

        def change() -> StoredArchive:
            archive = self._get(tenant, name)
            if job_of_archive(archive.name) is not None:
                raise ConflictError(f"Archive {archive.name!r} goes with its job, and cannot be pinned.")
            with self._open_folder(tenant) as folder:
                (put_pin if pinned else drop_pin)(folder, archive.name)
                if pinned and not is_pinned(folder, archive.name):
                    raise ConflictError(
                        f"Archive {archive.name!r} cannot be pinned: something that is no pin is called "
                        f"{pin_name(archive.name)!r}. Remove that first."
                    )
                os.fsync(folder)
            return self._get(tenant, archive.name)

        with full_volume_named():
            return await self._locks.hold(require_tenant_name(tenant), change, despite_full=not pinned)

    def keep(self, tenant: str) -> contextlib.AbstractAsyncContextManager[None]:
        """Share a lock that `expire` has to have alone."""
        return self._keeping.keep(require_tenant_name(tenant))

    async def expire(
        self, tenant: str, name: str, *, before: datetime, is_wanted: Callable[[], Awaitable[bool]]
    ) -> bool:
        """Ask, and delete, while nobody keeps archives."""
        async with self._keeping.wait_for_keepers(require_tenant_name(tenant)):
            if await is_wanted():
                return False
            await self._delete_in_turn(tenant, name, before)
            return True

    async def delete(self, tenant: str, name: str) -> None:
        """Delete an archive; who reads it at the moment can finish."""
        await self._delete_in_turn(tenant, name)

    async def _delete_in_turn(self, tenant: str, name: str, before: datetime | None = None) -> None:
        require_tenant_name(tenant)
        require_archive_name(name)
        with full_volume_named():
            await self._locks.hold(tenant, lambda: self._delete(tenant, name, before), despite_full=True)

    def _delete(self, tenant: str, name: str, before: datetime | None) -> None:
        archive = self._get(tenant, name)
        # One that goes with its job has no pin that counts: whoever may write into the folder can make one.
        if archive.pinned and job_of_archive(archive.name) is None:
            raise ArchivePinnedError(archive.name)
        if before is not None and archive.arrived >= before:
            raise UnknownArchiveError(name)
        with contextlib.suppress(FileNotFoundError), self._open_folder(tenant) as folder:
            os.unlink(archive.name, dir_fd=folder)
            os.fsync(folder)
            return
        raise UnknownArchiveError(name)


def _spell(name: str, folder: int) -> str:
    """Return how an open folder spells the name; as it is where it has none. Raises: AmbiguousNameError."""
    return name if name.isascii() else choose_spelling(name, os.listdir(folder)) or name


def _stored_in(folder: int) -> Iterator[StoredArchive]:
    """Give the archives of an open folder; one that goes meanwhile is passed over."""
    with os.scandir(folder) as scanned:
        entries = list(scanned)
    pins = {each.name for each in entries if is_pin_name(each.name) and each.is_file(follow_symlinks=False)}
    for entry in entries:
        try:
            if _is_archive(entry):
                facts = entry.stat(follow_symlinks=False)
                yield _stored(entry.name, facts, pinned=bool(pins) and pin_name(entry.name) in pins)
        except OSError:
            continue


def _is_archive(entry: os.DirEntry[str]) -> bool:
    return is_archive_name(entry.name) and entry.is_file(follow_symlinks=False)


async def _end_begun(part: _Part, beginning: asyncio.Future[int]) -> None:
    await asyncio.to_thread(_end_part, part, await beginning)


def _end_part(part: _Part, descriptor: int) -> None:
    # What has taken the part's name, or its folder's, is not ours to remove.
    with contextlib.suppress(OSError):
        if not part.is_proof:
            part.file.unlink(missing_ok=True)
    os.close(descriptor)


class _Part:
    """A part file, published once."""

    def __init__(self, file: Path, locks: FolderLocks, quota: int | None) -> None:
        self.path = self.file = file
        self.is_proof = False
        self._descriptor = -1
        self._scale = Scale(locks, file.parent.name, quota, self._opened, file.name)

    def begin(self, descriptor: int) -> None:
        """Take the file, which stays the one that is written whatever becomes of its name."""
        self._descriptor = descriptor
        self.path = path_of(descriptor, self.file)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[tuple[int, int]]:
        with opened_folder(self.file.parent) as folder:
            yield folder, self._descriptor

    async def expect(self, more: int) -> Room | None:
        """Weigh the part with what is to come."""
        return await self._scale.expect(more)

    async def grow(self, by: int) -> None:
        """Weigh the part now and then."""
        await self._scale.grow(by)

    async def publish(self, name: str, *, number: bool = True, prove: bool = False) -> str:
        """Give the part its name, on disk before this returns."""
        require_archive_name(name)
        with full_volume_named():
            await asyncio.to_thread(os.fsync, self._descriptor)
        return await self._scale.publish(lambda: self._publish(name, number, prove))

    def _publish(self, name: str, number: bool, prove: bool) -> str:
        with self._opened() as (folder, descriptor):
            with failpoints.around("rename"):
                taken = link_archive(descriptor, self.file.name, name, folder, number=number)
            self.is_proof = prove  # here: whoever waits may be cancelled meanwhile
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
                _drop_left_pin(folder, wanted)
                link_open_file(descriptor, own, wanted, folder)
                return wanted
    except FileNotFoundError as error:
        raise TransferError(
            f"What was written of {name!r} was removed from the archive folder before it was whole; start again."
        ) from error
    raise ArchiveExistsError(name)


def _drop_left_pin(folder: int, name: str) -> None:
    """Drop the pin of an archive that others removed: it is none of the archive that comes."""
    if is_pinned(folder, name):
        try:
            os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            drop_pin(folder, name)
