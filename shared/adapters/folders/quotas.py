"""Quotas: what all files of a tenant's folder may take together.

A file that is to be published is weighed against all others under the folder's lock, and one that is too much loses its
name before the lock is given back: the next that is weighed no longer finds it. So files that are too many only
together do not refuse one another. While a file grows it is weighed now and then.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from shared.adapters.folders.locks import FolderLocks
from shared.errors import QuotaExceededError

STEP_BYTES: Final = 16 * 1024**2
"""How much a file may grow before it is weighed again: several that grow at once may be above by this, each."""


def measure(folder: int, *, but: os.stat_result | None = None) -> int:
    """Add up the bytes of the files of an open folder, each once whatever names it has, but for one."""
    total = 0
    several_names: dict[int, int] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                facts = entry.stat(follow_symlinks=False)
            except FileNotFoundError:  # gone meanwhile
                continue
            if not stat.S_ISREG(facts.st_mode) or (but is not None and facts.st_ino == but.st_ino):
                continue
            if facts.st_nlink == 1:
                total += facts.st_size
            else:
                several_names[facts.st_ino] = facts.st_size
    return total + sum(several_names.values())


def weigh(folder: int, file: int, own: str, *, quota: int, more: int = 0) -> int:
    """Return how many bytes are left in an open folder when a file of it has so many more. Call it under the lock.

    Raises: QuotaExceededError where there is too little; the file has lost its own name then.
    """
    facts = os.fstat(file)
    there, size = measure(folder, but=facts), facts.st_size + more
    if there + size > quota:
        with suppress(FileNotFoundError):
            os.unlink(own, dir_fd=folder)
        raise QuotaExceededError(limit=quota, there=there, size=size)
    return quota - there - size


class Scale:
    """Weighs one file that is being written, under the lock of its folder; without a quota it does nothing."""

    def __init__(self, locks: FolderLocks, tenant: str, quota: int | None, look: Callable[[int, int], int]) -> None:
        """`look` weighs the file with this quota and so many bytes more, as `weigh` does."""
        self._locks = locks
        self._tenant = tenant
        self._quota = quota
        self._look = look
        self._unseen = 0
        self._until = 0

    async def expect(self, more: int) -> None:
        """Weigh the file with so many bytes more. Raises: QuotaExceededError, UnavailableError."""
        if (quota := self._quota) is not None:
            left = await self._locks.hold(self._tenant, lambda: self._look(quota, more))
            self._unseen, self._until = 0, min(STEP_BYTES, left)

    async def grow(self, by: int) -> None:
        """Weigh the file after each step, and as soon as it may have taken what was left. Raises: as expect."""
        self._unseen += by
        if self._unseen > self._until:
            await self.expect(0)

    async def publish(self, work: Callable[[], str]) -> str:
        """Weigh the file, then do what gives it its name, with nobody between. Raises: as expect, and as `work`."""
        if (quota := self._quota) is None:
            return await asyncio.to_thread(work)

        def weigh_and_work() -> str:
            self._look(quota, 0)
            return work()

        return await self._locks.hold(self._tenant, weigh_and_work)
