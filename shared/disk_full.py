"""Turns the system's errors of a full volume into DiskFullError."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
