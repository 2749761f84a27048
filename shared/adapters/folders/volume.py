"""Errors of the archive volume, in words."""

from __future__ import annotations

import errno
from contextlib import AbstractContextManager

from shared.full_volumes import disk_full_named


def full_volume_named() -> AbstractContextManager[None]:
    """Name the error of a full volume. Raises: DiskFullError."""
    return disk_full_named(_describe_full)


def _describe_full(error: OSError) -> str:
    if error.errno == errno.EFBIG:
        return "The archive volume allows no file this large."
    return "The archive volume is full; make room, then try again."
