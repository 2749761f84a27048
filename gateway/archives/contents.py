"""Reads the names and the manifest of a stored archive before any job does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from shared.archive.inspection import inspected_archive, inspection
from shared.archive.limits import ArchiveLimits
from shared.archive.manifest import Manifest
from shared.errors import InvalidArchiveError

_Shown = TypeVar("_Shown")


async def read_application_names(path: Path, name: str, limits: ArchiveLimits) -> Sequence[str]:
    """Check a file's structure, and return the names of its applications.

    The content is left to the import: here little more than the names is inflated. Raises: InvalidArchiveError.
    """
    return await asyncio.to_thread(_naming, name, lambda: inspected_archive.read_names(path, name, limits))


async def read_manifest(path: Path, name: str, limits: ArchiveLimits) -> Manifest:
    """Check the structure of an archive of ours, and return its manifest. Raises: InvalidArchiveError."""
    return await asyncio.to_thread(_naming, name, lambda: inspection.read_manifest(path, limits))


def _naming(name: str, read: Callable[[], _Shown]) -> _Shown:
    """Read, and call the file by its name where it is refused."""
    try:
        return read()
    except InvalidArchiveError as error:
        raise InvalidArchiveError(f"File {name!r} is refused: {error.message}") from error
