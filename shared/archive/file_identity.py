"""Tells whether an archive is still the one that a job was submitted for."""

from __future__ import annotations

from pathlib import Path

from shared.errors import ArchiveChangedError
from shared.jobs.record import ArchiveIdentity


def identify(path: Path) -> ArchiveIdentity:
    """Return what the file system says of an archive."""
    facts = path.stat()
    # The time of a change of the inode moves with every further link: when an export drops its proof, for example.
    return ArchiveIdentity(inode=facts.st_ino, bytes=facts.st_size, modified_ns=facts.st_mtime_ns)


def require_unchanged(found: ArchiveIdentity, name: str, noted: ArchiveIdentity | None) -> None:
    """Refuse another archive than the one noted; where none was noted, take any. Raises: ArchiveChangedError."""
    if noted is not None and found != noted:
        raise ArchiveChangedError(name)
