"""A lock for each tenant's folder: what must not happen there at once happens in turn, in all processes.

The locks lie where no tenant can write, and the system drops them with their processes.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import random
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from shared.errors import UnavailableError

LOCKS_FOLDER: Final = ".locks"
"""Beside the tenants' folders: no tenant has such a name."""
WAIT_SECONDS = 30.0
"""Much longer than anybody needs who lives."""
_PAUSE_SECONDS = 0.02
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_MODE = 0o660

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
            while (done := await _to_its_end(lambda: self._try(tenant, work, despite_full))) is None:
                if time.monotonic() > until:
                    raise UnavailableError(
                        f"Another process has held the archive folder of tenant {tenant!r} for {WAIT_SECONDS:.0f} "
                        "seconds; try again later."
                    )
                await asyncio.sleep(_PAUSE_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
        return done[0]

    def _try(self, tenant: str, work: Callable[[], _Result], despite_full: bool) -> tuple[_Result] | None:
        """Return what the work gives; None where another has the lock."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._folder / tenant, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _MODE)
        except OSError as error:
            if despite_full and error.errno in _FULL:
                return (work(),)
            raise
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        else:
            return (work(),)
        finally:
            os.close(lock)


async def _to_its_end(work: Callable[[], _Result]) -> _Result:
    """Do the work in a thread; a cancel is obeyed when it has ended, for until then it uses what its caller closes."""
    doing = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        while not doing.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([doing])
        doing.exception()  # seen
        raise
