"""Compares a backup with the store and the archives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from shared.backup.file import Header, ListedArchive, find_job, read_batches
from shared.backup.making import hash_archive
from shared.errors import InvalidRequestError, NotFoundError
from shared.ports.archives import ArchiveStore
from shared.ports.backups import BackupStore, IdentityEntry, StoredKey

_ID_CHARACTERS = 16
"""Of a key's hash; so many are its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that is not as the backup has it."""

    part: str
    """`archive`, `job`, or the sort of identity: `tenants`, `users`, `keys` …"""
    name: str
    found: str


async def verify_backup(
    path: Path, header: Header, *, store: BackupStore, archives: ArchiveStore
) -> AsyncIterator[Difference]:
    """Give what is missing or differs. Raises: InvalidBackupError, StoreUnavailableError."""
    async for each in _compare_identity(path, store):
        yield each
    async for each in _compare_jobs(path, header, store):
        yield each
    async for each in compare_archives(path, archives):
        yield each


async def _compare_identity(path: Path, store: BackupStore) -> AsyncIterator[Difference]:
    async for entries in read_batches(path, IdentityEntry):
        for entry, text in zip(entries, await store.read_texts(entries), strict=True):
            if text != entry.text:
                name = entry.field[:_ID_CHARACTERS] if entry.hash == "keys" else entry.field
                yield Difference(part=entry.hash, name=name, found="missing" if text is None else "differs")


async def _compare_jobs(path: Path, header: Header, store: BackupStore) -> AsyncIterator[Difference]:
    age = await store.read_clock() - datetime.fromisoformat(header.time)
    async for keys in read_batches(path, StoredKey):
        lasting = [each.name for each in keys if find_job(each) is not None and _still_lives(each, age)]
        for name in await store.find_missing(lasting):
            yield Difference(part="job", name=name.partition(b":")[2].decode(), found="missing")


def _still_lives(key: StoredKey, age: timedelta) -> bool:
    return not key.ttl_ms or timedelta(milliseconds=key.ttl_ms) > age


async def compare_archives(path: Path, archives: ArchiveStore) -> AsyncIterator[Difference]:
    """Give the archives of the list that are missing, or are others. Raises: InvalidBackupError."""
    async for listed in read_batches(path, ListedArchive):
        for each in listed:
            found = await _compare_archive(each, archives)
            if found is not None:
                yield Difference(part="archive", name=f"{each.tenant}/{each.name}", found=found)


async def _compare_archive(listed: ListedArchive, archives: ArchiveStore) -> str | None:
    try:
        size = (await archives.get(listed.tenant, listed.name)).bytes
        if size != listed.bytes:
            return f"has {size} bytes instead of {listed.bytes}"
        now = await hash_archive(archives, listed.tenant, listed.name)
    except (NotFoundError, InvalidRequestError):
        return "missing"
    return None if now == listed else f"has SHA-256 {now.sha256} instead of {listed.sha256}"
