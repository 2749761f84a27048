"""What an archive shows before any job reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from shared.archive.entry_stream import read_pieces
from shared.archive.limits import ArchiveLimits
from shared.archive.manifest import MANIFEST_ENTRY, Manifest, parse_manifest
from shared.archive.zip_structure import read_records
from shared.errors import InvalidArchiveError


async def read_application_names(path: Path, name: str) -> Sequence[str]:
    """Judge the ZIP's structure, and return the names that the manifest gives to the applications.

    The content is left to the import: here nothing but the manifest is inflated. Raises: InvalidArchiveError.
    """
    return [application.name for application in (await read_manifest(path, name)).applications]


async def read_manifest(path: Path, name: str) -> Manifest:
    """Judge the ZIP's structure, and return the manifest. Raises: InvalidArchiveError, which calls the file so."""
    return await asyncio.to_thread(_read_manifest, path, name)


def _read_manifest(path: Path, name: str) -> Manifest:
    try:
        records = {record.name: record for record in read_records(path, ArchiveLimits())}
        return parse_manifest(b"".join(read_pieces(path, records[MANIFEST_ENTRY])))
    except InvalidArchiveError as error:
        raise InvalidArchiveError(f"File {name!r} is refused: {error.message}") from error
