"""Errors of a full archive volume, turned into DiskFullError."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from shared.errors import DiskFullError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""EFBIG: the volume, or the process, allows no larger file. Whatever writes an archive can meet it."""


@contextmanager
def disk_full_named(describe: Callable[[OSError], str]) -> Iterator[None]:
    """Raise DiskFullError, with the message that `describe` returns, in place of the system's error; pass on others."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DiskFullError(describe(error)) from error


def full_volume_named(path: Path, written: int) -> AbstractContextManager[None]:
    """Name a full volume with how many bytes of the archive were written. Raises: DiskFullError."""
    return disk_full_named(
        lambda error: (
            f"The volume of {path.resolve().name} is full ({error.strerror}) after {written} bytes of the archive; "
            "free space on it, then start the export again."
        )
    )
