"""Opens an archive of any kind after inspecting all of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from shared.archive.file_hash import hash_file
from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.foreign.translation import ForeignArchive
from shared.archive.inspection.inspection import Inspection, inspect, read_manifest
from shared.archive.limits import ArchiveLimits
from shared.archive.zip.archive_kind import ArchiveKind
from shared.archive.zip.structure import ZipStructure, read_structure
from shared.archive_names import SUFFIX


class Room(Protocol):
    """A place for the translation of a foreign archive."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedArchive:
    """An archive that is known to be good, open for reading."""

    path: Path
    """An archive of ours: the file itself, or its translation."""
    inspection: Inspection
    """Of the file itself, whatever its kind."""


@asynccontextmanager
async def open_inspected(
    path: Path,
    *,
    name: str,
    make_room: Callable[[], AbstractAsyncContextManager[Room]],
    defaults: ForeignDefaults | None = None,
    limits: ArchiveLimits | None = None,
) -> AsyncIterator[InspectedArchive]:
    """Inspect an archive; a foreign one is translated into the room that is made for it.

    The name is the file's. Raises: InvalidArchiveError, DiskFullError.
    """
    bounds = limits or ArchiveLimits()
    structure = await asyncio.to_thread(read_structure, path, bounds)
    if structure.kind is ArchiveKind.OURS:
        yield InspectedArchive(path=path, inspection=await inspect(path, bounds))
        return
    async with make_room() as room:
        translation = await _foreign(path, structure, name, bounds, defaults).translate(room.path)
        inspection = await inspect(room.path, bounds)
        sha256, size = await asyncio.to_thread(hash_file, path)
        yield InspectedArchive(
            path=room.path,
            inspection=replace(
                inspection,
                kind=structure.kind,
                sha256=sha256,
                size=size,
                warnings=translation.warnings,
                dialects=translation.dialects,
            ),
        )


def read_names(path: Path, name: str, limits: ArchiveLimits) -> Sequence[str]:
    """Check the ZIP's structure, and return the names of its applications, reading little more than them.

    Raises: InvalidArchiveError.
    """
    structure = read_structure(path, limits)
    if structure.kind is ArchiveKind.OURS:
        return [application.name for application in read_manifest(path, limits).applications]
    return _foreign(path, structure, name, limits).read_names()


def _foreign(
    path: Path, structure: ZipStructure, name: str, limits: ArchiveLimits, defaults: ForeignDefaults | None = None
) -> ForeignArchive:
    return ForeignArchive(
        path, structure, name=name.removesuffix(SUFFIX), limits=limits, defaults=defaults or ForeignDefaults()
    )
