"""Errors of a full volume, turned into DiskFullError."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from shared.errors import DiskFullError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""EFBIG: the volume, or the process, allows no larger file. Whatever writes a file can meet it."""


@contextmanager
def disk_full_named(describe: Callable[[OSError], str]) -> Iterator[None]:
    """Raise DiskFullError, with the message that `describe` returns, in place of the system's error; pass on others."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DiskFullError(describe(error)) from error


def temporary_files_named() -> AbstractContextManager[None]:
    """Name a full volume of temporary files. Raises: DiskFullError."""
    return disk_full_named(lambda error: describe_temporary(error.strerror))


def describe_temporary(reason: str | None) -> str:
    """Say that temporary files do not fit, and what to do."""
    return (
        f"The volume of temporary files, {tempfile.gettempdir()}, is full ({reason}); "
        "make room on it, or let TMPDIR name another, then start again."
    )
