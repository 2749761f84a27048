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
from contextlib import AbstractContextManager, suppress
from typing import Final

from shared.adapters.folders.locks import FolderLocks
from shared.adapters.folders.parts import is_abandoned
from shared.adapters.folders.proofs import PREFIX
from shared.adapters.folders.volume import full_volume_named
from shared.errors import QuotaExceededError
from shared.quotas import Room

STEP_BYTES: Final = 16 * 1024**2
"""How much a file may grow before it is weighed again: several that grow at once may be above by this, each."""
STEPS_LEFT: Final = 100
"""A step may be this part of the room that is left: looking at a large folder takes long, and while much is left a
hundred files that grow at once still have room for a step each."""


def measure(folder: int, *, but: os.stat_result | None = None) -> int:
    """Add up the bytes of the files of an open folder, each once whatever names it has, but for one.

    Parts that dead processes left do not count: a sweep removes them, and nobody is to wait for it.
    """
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
            if facts.st_nlink > 1:
                several_names[facts.st_ino] = facts.st_size
            # Most are archives, and a large folder has too many of them for a call each.
            elif entry.name[0] != PREFIX or not is_abandoned(folder, entry.name):
                total += facts.st_size
    return total + sum(several_names.values())


class Scale:
    """Weighs one file that is being written, under the lock of its folder; without a quota it does nothing."""

    def __init__(
        self,
        locks: FolderLocks,
        tenant: str,
        quota: int | None,
        opened: Callable[[], AbstractContextManager[tuple[int, int]]],
        own: str,
        *,
        offset: int | None = None,
    ) -> None:
        """`opened` gives the folder and the file, both open; `own` is the file's own name there.

        `offset`: a file that had room when it was begun goes on there, and is weighed where it comes to a whole number
        of steps; None: at once.
        """
        self._locks = locks
        self._tenant = tenant
        self._quota = quota
        self._opened = opened
        self._own = own
        self._unseen = 0
        self._until = 0 if offset is None else STEP_BYTES - 1 - offset % STEP_BYTES

    async def expect(self, more: int) -> Room | None:
        """Weigh the file with so many bytes more, and return its room. Raises: QuotaExceededError, UnavailableError."""
        if (quota := self._quota) is None:
            return None
        with full_volume_named():
            room, left = await self._locks.hold(self._tenant, lambda: self._weigh(quota, more))
        self._unseen, self._until = 0, min(left + more, max(STEP_BYTES, left // STEPS_LEFT))
        return room

    async def grow(self, by: int) -> None:
        """Weigh the file after each step, and as soon as it may have taken what was left. Raises: as expect."""
        self._unseen += by
        if self._unseen > self._until:
            await self.expect(0)

    async def publish(self, work: Callable[[], str]) -> str:
        """Weigh the file, then do what gives it its name, with nobody between. Raises: as expect, and as `work`."""
        with full_volume_named():
            if (quota := self._quota) is None:
                return await asyncio.to_thread(work)

            def weigh_and_work() -> str:
                self._weigh(quota, 0)
                return work()

            return await self._locks.hold(self._tenant, weigh_and_work)

    def _weigh(self, quota: int, more: int) -> tuple[Room, int]:
        """Return the file's room, and what is left of it when the file has so many bytes more.

        Raises: QuotaExceededError where that is too much; the file has lost its own name then.
        """
        with self._opened() as (folder, file):
            facts = os.fstat(file)
            room = Room(quota=quota, there=measure(folder, but=facts))
            try:
                return room, room.require(facts.st_size + more)
            except QuotaExceededError:
                with suppress(FileNotFoundError):
                    os.unlink(self._own, dir_fd=folder)
                raise
