"""Keeps archives for whoever is about to submit a job that reads one.

A submission has looked at its archive before its job is there for others to see. Between the two it shares a lock on
the tenant's archives; what deletes one for its age has that lock alone from its look at the jobs until the archive is
gone.
"""

from __future__ import annotations

import asyncio
import fcntl
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from shared.adapters.folders.file_locks import LOCKS_FOLDER, FileLock, to_its_end
from shared.errors import UnavailableError

WAIT_SECONDS = 30.0
_PAUSE_SECONDS = 0.02
_KEPT: Final = ".kept"
"""No tenant's name begins so."""


class Keeping:
    """The locks of one process."""

    def __init__(self, root: Path) -> None:
        self._folder = root / LOCKS_FOLDER

    @asynccontextmanager
    async def keep(self, tenant: str) -> AsyncIterator[None]:
        """Have nothing deleted for its age. Raises: UnavailableError."""
        async with self._locked(tenant, fcntl.LOCK_SH):
            yield

    @asynccontextmanager
    async def wait_for_keepers(self, tenant: str) -> AsyncIterator[None]:
        """Wait until nobody keeps archives of the tenant, and let nobody begin to. Raises: UnavailableError."""
        async with self._locked(tenant, fcntl.LOCK_EX):
            yield

    @asynccontextmanager
    async def _locked(self, tenant: str, how: int) -> AsyncIterator[None]:
        lock, until = FileLock(self._folder / f"{_KEPT}.{tenant}"), time.monotonic() + WAIT_SECONDS
        try:
            while not await to_its_end(lambda: _take(lock, how)):
                if time.monotonic() > until:
                    raise UnavailableError(
                        f"Whether archives of tenant {tenant!r} are still wanted has not been settled for "
                        f"{WAIT_SECONDS:.0f} seconds; try again later."
                    )
                await asyncio.sleep(_PAUSE_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            yield
        finally:
            lock.drop()


def _take(lock: FileLock, how: int) -> bool:
    try:
        return lock.take(how)
    except OSError:
        return True  # a full volume, or one that cannot be written to, keeps nobody from reading what is there
