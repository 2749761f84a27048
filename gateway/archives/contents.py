"""Reads the names and the manifest of a stored archive before any job does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.inspection import inspected_archive, inspection
from shared.archive.limits import ArchiveLimits
from shared.archive.manifest import Manifest
from shared.concurrency.stoppable import in_thread
from shared.errors import InvalidArchiveError
from shared.ports.contents import ArchiveContent, Readable

_Shown = TypeVar("_Shown")


async def check_structure(path: Path, name: str, limits: ArchiveLimits) -> None:
    """Check a file's structure; its content is left to the import. Raises: InvalidArchiveError."""
    await in_thread(partial(_naming, name, lambda: inspected_archive.check_structure(path, name, limits)))


async def read_application_names(
    content: ArchiveContent, name: str, limits: ArchiveLimits, *, one_application: bool = False
) -> Sequence[str] | None:
    """Check an archive's structure, and return the names of its applications.

    `one_application`: whether all graphs of a document are one. Raises: InvalidArchiveError; as examine.
    """
    defaults = ForeignDefaults(one_application=one_application)

    def read(file: Readable) -> Sequence[str] | None:
        return _naming(name, lambda: inspected_archive.read_names(file, name, limits, defaults))

    return await content.examine(read)


async def read_manifest(path: Path, name: str, limits: ArchiveLimits) -> Manifest:
    """Check the structure of an archive of ours, and return its manifest. Raises: InvalidArchiveError."""
    return await in_thread(partial(_naming, name, lambda: inspection.read_manifest(path, limits)))


def _naming(name: str, read: Callable[[], _Shown]) -> _Shown:
    """Read, and call the file by its name where it is refused."""
    try:
        return read()
    except InvalidArchiveError as error:
        raise InvalidArchiveError(f"File {name!r} is refused: {error.message}") from error
