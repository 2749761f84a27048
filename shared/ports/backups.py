"""The port of what a backup takes out of the job store, and a restore puts into it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key of the installation, as the server itself writes it down."""

    name: bytes
    """Without what all keys of the installation begin with, and the colon."""
    value: bytes
    ttl_ms: int
    """How long it still had to live; 0: for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityEntry:
    """One tenant, user, key or grant."""

    hash: str
    """Which sort: the name of the hash without the installation's."""
    field: str
    text: str


class BackupStore(Protocol):
    """All keys of one installation that are more than transient. Each raises StoreUnavailableError."""

    @property
    def installation(self) -> str:
        """Whose keys they are."""
        ...

    @property
    def beginning(self) -> str:
        """What they begin with, before a colon."""
        ...

    async def read_clock(self) -> datetime:
        """Return what time it is by the store's clock."""
        ...

    async def read_identity(self) -> Sequence[IdentityEntry] | None:
        """Read all entries as of one moment; None where the store was never filled."""
        ...

    def dump(self) -> AsyncIterator[Sequence[StoredKey]]:
        """Give all other keys, some at once; one that is written meanwhile may come twice."""
        ...

    async def count(self) -> int:
        """Count the keys, those of identity too."""
        ...

    async def write_keys(self, keys: Sequence[StoredKey]) -> None:
        """Write keys. Raises: ConflictError where the server cannot read them."""
        ...

    async def write_identity(self, entries: Sequence[IdentityEntry]) -> None:
        """Write entries, which count once the restore is complete."""
        ...

    async def place_jobs(self, jobs: Sequence[str]) -> Collection[str]:
        """Give jobs their places in slots, queues and indexes by what their records say.

        Returns the tenants of those that have not ended.
        """
        ...

    async def start_waiting(self, tenants: Collection[str]) -> None:
        """Give each tenant's slot, where it is free, to its next waiting job; forget jobs that are not there."""
        ...

    async def complete(self) -> bool | None:
        """Let the restored identity count, then wait until all is kept.

        None where nobody says whether it is. Raises: ConflictError where somebody filled the store meanwhile;
        NotDurableError where disk and replicas do not confirm it.
        """
        ...

    async def remove_all(self) -> None:
        """Remove every key that `count` counts."""
        ...

    async def find_missing(self, names: Sequence[bytes]) -> Sequence[bytes]:
        """Choose those of these keys that are not there."""
        ...

    async def read_texts(self, entries: Sequence[IdentityEntry]) -> Sequence[str | None]:
        """Read what stands in the entries' places now."""
        ...
