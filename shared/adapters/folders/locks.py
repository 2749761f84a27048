"""A lock for each tenant's folder: what must not happen there at once happens in turn, in all processes.

Whoever waits looks whether the lock is free now and then, so a process that has just given it back would have it again
before others look. Therefore a process first takes the place of who is next, and gives that up once it has the lock:
nobody takes it twice while another waits.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from shared.adapters.folders.file_locks import FULL, LOCKS_FOLDER, FileLock, to_its_end
from shared.errors import UnavailableError

WAIT_SECONDS = 30.0
"""Much longer than anybody needs who lives."""
_PAUSE_SECONDS = 0.02
_PAUSE_OF_NEXT = 0.005
"""Only one process is next: it may look often."""
_NEXT: Final = ".next"
"""No tenant's name begins so."""

_Result = TypeVar("_Result")


class FolderLocks:
    """The locks of one process."""

    def __init__(self, root: Path) -> None:
        self._folder = root / LOCKS_FOLDER
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def hold(self, tenant: str, work: Callable[[], _Result], *, despite_full: bool = False) -> _Result:
        """Do the work in a thread under the tenant's lock; what makes room is done without it on a full volume.

        No thread waits for the lock, so that one tenant takes none from others. Raises: OSError, UnavailableError.
        """
        until = time.monotonic() + WAIT_SECONDS
        async with self._turns[tenant]:
            turn = _Turn(self._folder, tenant)
            try:
                while (done := await to_its_end(lambda: turn.try_to_do(work, despite_full=despite_full))) is None:
                    if time.monotonic() > until:
                        raise UnavailableError(
                            f"Another process has held the archive folder of tenant {tenant!r} for "
                            f"{WAIT_SECONDS:.0f} seconds; try again later."
                        )
                    pause = _PAUSE_OF_NEXT if turn.is_next else _PAUSE_SECONDS
                    await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            finally:
                turn.end()
        return done[0]


class _Turn:
    """One turn at a tenant's lock."""

    def __init__(self, folder: Path, tenant: str) -> None:
        self._next = FileLock(folder / f"{_NEXT}.{tenant}")
        self._lock = FileLock(folder / tenant)
        self.is_next = False

    def try_to_do(self, work: Callable[[], _Result], *, despite_full: bool) -> tuple[_Result] | None:
        """Return what the work gives; None where others have the lock, or are next."""
        try:
            self.is_next = self._next.take()
            if not self.is_next or not self._lock.take():
                return None
        except OSError as error:
            if not despite_full or error.errno not in FULL:
                raise
        self._next.drop()
        try:
            return (work(),)
        finally:
            self._lock.drop()

    def end(self) -> None:
        """Wait no longer."""
        self._next.drop()
