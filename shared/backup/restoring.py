"""Puts a backup into a store that holds nothing of the installation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.backup.file import Counts, Header, check_backup, find_job, read_batches
from shared.errors import ConflictError, StoreUnavailableError
from shared.ports.backups import BackupStore, IdentityEntry, StoredKey

_LISTS: Final = frozenset({b"jobs", b"waiting", b"held"})
"""Keys that each tenant has one of, whose name is the rest of the key's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was put into the store."""

    header: Header
    counts: Counts
    kept: bool | None
    """Whether it is on disk; None where nobody says."""


async def restore_backup(path: Path, *, store: BackupStore) -> Restored:
    """Restore a backup, or nothing of it.

    Raises: InvalidBackupError, ConflictError where the store holds something or cannot read the keys, NotDurableError,
    StoreUnavailableError.
    """
    header, counts = await check_backup(path)
    if number := await store.count():
        raise ConflictError(
            f"The job store holds {number} keys of the installation {store.installation!r} already. Stop all gateways "
            f"and workers and remove the keys {store.beginning}:*, or name another store or installation by "
            "GRAPHFERRY_VALKEY_URL or GRAPHFERRY_INSTALLATION. Nothing was written."
        )
    try:
        await _write(path, store)
    except BaseException:
        await _remove_written(store)
        raise
    return Restored(header=header, counts=counts, kept=await store.complete())


async def _write(path: Path, store: BackupStore) -> None:
    tenants: set[str] = set()
    async for entries in read_batches(path, IdentityEntry):
        await store.write_identity(entries)
    async for keys in read_batches(path, StoredKey):
        await store.write_keys(keys)
        tenants.update(each.decode() for kind, _, each in (key.name.partition(b":") for key in keys) if kind in _LISTS)
    async for keys in read_batches(path, StoredKey):
        tenants.update(await store.place_jobs([job for job in map(_find_named, keys) if job is not None]))
    await store.start_waiting(tenants)


def _find_named(key: StoredKey) -> str | None:
    """Return the job whose record this is, or those who wait for it: its record may have come too late."""
    kind, _, name = key.name.partition(b":")
    return name.decode() if kind == b"dependents" else find_job(key)


async def _remove_written(store: BackupStore) -> None:
    try:
        await store.remove_all()
    except StoreUnavailableError as error:
        raise StoreUnavailableError(
            f"{error.message} A part of the backup is in the store: remove the keys {store.beginning}:* before you "
            "restore again."
        ) from error
