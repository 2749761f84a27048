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
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from shared import failpoints
from shared.adapters.folders.proofs import drop_proof, is_proof, list_proofs, part_name
from shared.archive.volume import disk_full_named
from shared.archive_names import numbered, require_archive_name
from shared.errors import ArchiveExistsError, InvalidFileNameError, UnknownArchiveError
from shared.identity import require_tenant_name
from shared.ports.archives import ArchiveProof, PendingArchive, StoredArchive

_NOT_A_FILE = frozenset({errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.ENXIO})
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
"""A tenant's folder itself is the operator's, and may be a link to another volume."""
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""O_NONBLOCK: a named pipe among the archives must not stop the opening thread."""


@contextlib.contextmanager
def _opened(name: str | Path, flags: int, folder: int | None = None) -> Iterator[int]:
    descriptor = os.open(name, flags, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def opened_folder(folder: Path) -> contextlib.AbstractContextManager[int]:
    """Open a tenant's folder. Raises: FileNotFoundError."""
    return _opened(folder, _FOLDER)


def _stored(name: str, facts: os.stat_result) -> StoredArchive:
    return StoredArchive(name=name, bytes=facts.st_size, modified=datetime.fromtimestamp(facts.st_mtime, UTC))


def full_volume_named() -> contextlib.AbstractContextManager[None]:
    """Name the error of a full volume. Raises: DiskFullError."""
    return disk_full_named(_describe_full)


def _describe_full(error: OSError) -> str:
    if error.errno == errno.EFBIG:
        return "The archive volume allows no file this large."
    return "The archive volume is full; make room, then try again."


def path_of(descriptor: int, name: Path) -> Path:
    """Return a path to the very file that is open; where the system has none, the name it was opened under."""
    return Path(f"/proc/{os.getpid()}/fd/{descriptor}") if sys.platform == "linux" else name


class ArchiveDirectory:
    """The folders of all tenants."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def _folder(self, tenant: str) -> Path:
        return self._root / require_tenant_name(tenant)

    async def list_archives(self, tenant: str) -> Sequence[StoredArchive]:
        """List the tenant's archives by name; files of other names and links are passed over."""
        return await asyncio.to_thread(self._list, tenant)

    def _list(self, tenant: str) -> Sequence[StoredArchive]:
        with contextlib.suppress(FileNotFoundError), os.scandir(self._folder(tenant)) as entries:
            found = (entry for entry in entries if _is_archive(entry))
            return sorted((_stored(entry.name, entry.stat()) for entry in found), key=lambda each: each.name)
        return []

    async def get(self, tenant: str, name: str) -> StoredArchive:
        """Describe one archive."""
        async with self._open(tenant, name) as descriptor:
            return _stored(name, os.fstat(descriptor))

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
                descriptor = os.open(name, _READ, dir_fd=folder)
        except OSError as error:
            if error.errno in _NOT_A_FILE:
                raise UnknownArchiveError(name) from error
            raise
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UnknownArchiveError(name)
        return descriptor

    def _open_folder(self, tenant: str) -> contextlib.AbstractContextManager[int]:
        return opened_folder(self._folder(tenant))

    @asynccontextmanager
    async def create(self, tenant: str, *, owner: str) -> AsyncIterator[PendingArchive]:
        """Open an empty part file of this owner; a part that an earlier holder of the same right left is dropped."""
        part = _Part(self._folder(tenant) / part_name(owner))
        with full_volume_named():
            beginning = asyncio.ensure_future(asyncio.to_thread(_begin_part, part.path))
            try:
                # A thread goes on when its awaiter is cancelled: what it makes then must go too.
                await asyncio.shield(beginning)
                yield part
            finally:
                # Where no thread is free yet, a cancelled call would never be made.
                await asyncio.shield(_end_begun(part, beginning))

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
        return await asyncio.to_thread(lambda: sum(map(_remove_if_abandoned, self._root.glob("*/.*.part"))))

    async def delete(self, tenant: str, name: str) -> None:
        """Delete an archive; who reads it at the moment can finish."""
        await asyncio.to_thread(self._delete, tenant, name)

    def _delete(self, tenant: str, name: str) -> None:
        os.close(self._open_file(tenant, name))
        with contextlib.suppress(FileNotFoundError), self._open_folder(tenant) as folder:
            os.unlink(name, dir_fd=folder)
            os.fsync(folder)
            return
        raise UnknownArchiveError(name)


def _is_archive(entry: os.DirEntry[str]) -> bool:
    with contextlib.suppress(InvalidFileNameError):
        return bool(require_archive_name(entry.name)) and entry.is_file(follow_symlinks=False)
    return False


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
    if not part.is_proof:
        part.path.unlink(missing_ok=True)
    os.close(descriptor)


def _remove_if_abandoned(part: Path) -> bool:
    # The lock cannot be had while the process lives that writes the part; a link, or a part gone meanwhile, is passed.
    with (
        contextlib.suppress(OSError),
        _opened(part, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC) as descriptor,
    ):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not is_proof(os.fstat(descriptor)):
            part.unlink()
            return True
    return False


class _Part:
    """A part file, published once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_proof = False

    async def publish(self, name: str, *, number: bool = True, prove: bool = False) -> str:
        """Give the part its name, on disk before this returns."""
        require_archive_name(name)
        with full_volume_named():
            taken = await asyncio.to_thread(self._publish, name, number)
        self.is_proof = prove
        return taken

    def _publish(self, name: str, number: bool) -> str:
        with _opened(self.path.parent, _FOLDER) as folder:
            with _opened(self.path.name, _READ, folder) as part:
                os.fsync(part)
            with failpoints.around("rename"):
                taken = link_archive(self.path.name, name, folder, number=number)
            os.fsync(folder)
        return taken


def link_archive(part: str, name: str, folder: int, *, number: bool) -> str:
    """Give a file of an open folder its name, and return it; numbered where it is taken. Raises: ArchiveExistsError."""
    for each in count(1) if number else (1,):
        with contextlib.suppress(FileExistsError):
            wanted = numbered(name, each)
            os.link(part, wanted, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            return wanted
    raise ArchiveExistsError(name)
