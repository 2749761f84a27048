"""Names the error of a full volume that an archive is written to."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from shared.full_volumes import disk_full_named


def full_volume_named(path: Path, written: int) -> AbstractContextManager[None]:
    """Name a full volume with how many bytes of the archive were written. Raises: DiskFullError."""
    return disk_full_named(
        lambda error: (
            f"The volume of {path.resolve().name} is full ({error.strerror}) after {written} bytes of the archive; "
            "free space on it, then start the export again."
        )
    )
