"""Errors of the archive volume in our words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.errors import DiskFullError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def disk_full_named(path: Path, written: int) -> Iterator[None]:
    """Turn the system's word for a full volume into ours, with how much of the archive was written."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DiskFullError(
            f"The volume of {path.name} is full ({error.strerror}) after {written} bytes of the archive; "
            "free space on it, then start the export again."
        ) from error
