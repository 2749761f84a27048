"""Writes a backup."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from shared.archive.file_hash import hash_file
from shared.archive.manifest import TOOL_VERSION
from shared.backup.file import FORMAT, Counts, Header, ListedArchive, new_backup
from shared.concurrency.stoppable import in_thread
from shared.errors import ConflictError, UnknownArchiveError
from shared.ports.archives import ArchiveStore
from shared.ports.backups import BackupStore


async def make_backup(path: Path, *, store: BackupStore, archives: ArchiveStore, force: bool = False) -> Counts:
    """Write all that the store holds of the installation, and the list of all archives.

    Raises: ConflictError where a file is there already, or the store holds nothing; DiskFullError,
    StoreUnavailableError.
    """
    with new_backup(path, force=force) as writer:
        now = await store.read_clock()
        identity = await store.read_identity()
        if identity is None:
            raise ConflictError(
                f"The job store holds no installation {store.installation!r}: look at GRAPHFERRY_INSTALLATION and "
                "GRAPHFERRY_VALKEY_URL. There is nothing to back up."
            )
        header = Header(format=FORMAT, tool=TOOL_VERSION, installation=store.installation, time=now.isoformat())
        writer.begin(header)
        writer.add(identity)
        async for keys in store.dump():
            writer.add(keys)
        for tenant in [each.field for each in identity if each.hash == "tenants"]:
            async for archive in list_archives(archives, tenant):
                writer.add([archive])
        return writer.end()


async def list_archives(archives: ArchiveStore, tenant: str) -> AsyncIterator[ListedArchive]:
    """Read each archive of a tenant through; one that goes meanwhile is passed over."""
    for each in await archives.list_archives(tenant):
        try:
            yield await hash_archive(archives, tenant, each.name)
        except UnknownArchiveError:
            continue


async def hash_archive(archives: ArchiveStore, tenant: str, name: str) -> ListedArchive:
    """Read an archive through. Raises: UnknownArchiveError."""
    async with archives.open_local(tenant, name) as path:
        sha256, size = await in_thread(lambda: hash_file(path))
    return ListedArchive(tenant=tenant, name=name, bytes=size, sha256=sha256)
