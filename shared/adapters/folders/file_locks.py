"""Lock files: the system drops a lock with its process, however that ends."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

LOCKS_FOLDER: Final = ".locks"
"""Beside the tenants' folders, where no tenant can write: no tenant has such a name."""
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What making a lock file says on a full volume."""
_MODE = 0o660

_Result = TypeVar("_Result")


class FileLock:
    """A lock of this process or none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self, how: int = fcntl.LOCK_EX) -> bool:
        """Take the lock, shared or alone, unless this has it already; return whether it has. Raises: OSError."""
        if self._file is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _MODE)
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BaseException as error:
            os.close(file)
            if isinstance(error, BlockingIOError):
                return False
            raise
        self._file = file
        return True

    def drop(self) -> None:
        """Give it back, if this has it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


async def to_its_end(work: Callable[[], _Result]) -> _Result:
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
