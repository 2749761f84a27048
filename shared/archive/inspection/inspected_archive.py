"""Opens an archive of any kind after inspecting all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from shared.archive.file_hash import hash_file
from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.foreign.lone_document import require_form
from shared.archive.foreign.translation import ForeignArchive
from shared.archive.inspection.inspection import Inspection, inspect, read_manifest
from shared.archive.limits import ArchiveLimits
from shared.archive.renaming import NOTHING_RENAMED, write_renamed
from shared.archive.zip.archive_kind import ArchiveKind
from shared.archive.zip.structure import read_structure
from shared.archive_names import Form
from shared.concurrency.stoppable import in_thread
from shared.ports.contents import Readable


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
    rename_labels: Mapping[str, str] = NOTHING_RENAMED,
) -> AsyncIterator[InspectedArchive]:
    """Inspect an archive; one that is foreign, or gets other labels, is written anew into the room that is made for it.

    The name is the file's, and says by its ending what it is. Raises: InvalidArchiveError, DiskFullError.
    """
    bounds = limits or ArchiveLimits()
    foreign = await in_thread(partial(_open_foreign, path, name, bounds, defaults))
    if foreign is None:
        inspection = await inspect(path, bounds)
        if not rename_labels:
            yield InspectedArchive(path=path, inspection=inspection)
            return
        async with make_room() as room:
            await write_renamed(path, room.path, rename_labels, bounds)
            renamed = await inspect(room.path, bounds)
            renamed = replace(renamed, sha256=inspection.sha256, size=inspection.size, warnings=inspection.warnings)
            yield InspectedArchive(path=room.path, inspection=renamed)
        return
    async with make_room() as room:
        translation = await foreign.translate(room.path, rename_labels)
        inspection = await inspect(room.path, bounds)
        sha256, size = await in_thread(partial(hash_file, path))
        yield InspectedArchive(
            path=room.path,
            inspection=replace(
                inspection,
                kind=foreign.kind,
                sha256=sha256,
                size=size,
                warnings=translation.warnings,
                dialects=translation.dialects,
            ),
        )


def check_structure(path: Readable, name: str, limits: ArchiveLimits) -> None:
    """Check a file's structure, and what little says which applications it holds; graphs are not searched.

    Raises: InvalidArchiveError.
    """
    read_names(path, name, limits, ForeignDefaults(one_application=True))


def read_names(
    path: Readable, name: str, limits: ArchiveLimits, defaults: ForeignDefaults | None = None
) -> Sequence[str] | None:
    """Check a file's structure, and return the names of its applications.

    None: it holds so much GraphML that it is not searched for graphs that stand beside one another.
    Raises: InvalidArchiveError.
    """
    foreign = _open_foreign(path, name, limits, defaults)
    if foreign is None:
        return [application.name for application in read_manifest(path, limits).applications]
    return foreign.find_names()


def _open_foreign(
    path: Readable, name: str, limits: ArchiveLimits, defaults: ForeignDefaults | None = None
) -> ForeignArchive | None:
    """Check the structure of what the name says it is; None: an archive of ours. Raises: InvalidArchiveError."""
    structure = None
    if require_form(path, name) is Form.ZIP:
        structure = read_structure(path, limits)
        if structure.kind is ArchiveKind.OURS:
            return None
    return ForeignArchive(path, structure, name=name, limits=limits, defaults=defaults or ForeignDefaults())
