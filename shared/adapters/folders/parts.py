"""Parts: hidden files that archives are written to. A lock on one says that its process lives."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from shared.adapters.folders.opening import READ, READ_WRITE, opened_file, opened_folder
from shared.adapters.folders.proofs import is_part_name, is_proof


def begin_part(part: Path) -> int:
    """Create the part and hold its lock, in place of one that is there; the caller closes it. Raises: OSError."""
    part.parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)
    while True:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink > 0:
            return descriptor
        os.close(descriptor)  # taken for abandoned between the two calls


def is_abandoned(folder: int, name: str) -> bool:
    """Return whether a file of an open folder is a part whose process has died."""
    # The lock is shared with others who ask: none of them is taken for the part's process.
    with suppress(OSError):
        if is_part_name(name):
            with opened_file(name, READ, folder) as descriptor:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return not is_proof(os.fstat(descriptor))
    return False


def remove_if_abandoned(part: Path) -> bool:
    """Remove a part whose process has died; return whether it was one."""
    # The lock cannot be had while the process lives that writes the part; a link, or a part gone meanwhile, is passed.
    with (
        suppress(OSError),
        opened_folder(part.parent) as folder,
        opened_file(part.name, READ_WRITE, folder) as descriptor,
    ):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not is_proof(os.fstat(descriptor)):
            os.unlink(part.name, dir_fd=folder)
            return True
    return False
