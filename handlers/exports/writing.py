"""Writes an archive's content, and begins again where the source changes meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from handlers.attempts.context import Context
from handlers.exports.reading import ExportReading
from shared.archive.bulk.writer import BulkCsvWriter
from shared.archive.export_writer import ExportWriter, WrittenFile
from shared.archive.limits import ArchiveLimits
from shared.archive.writing.writer import ArchiveWriter
from shared.errors import SourceChangedError
from shared.jobs.requests import ExportRequest, FileFilter

TRIES = 3
"""How often an application that changes while it is read is read from the beginning."""

Result = TypeVar("Result")


async def write_again_if_changed(write: Callable[[], Awaitable[Result]], context: Context) -> Result:
    """Write, again when the source changed meanwhile. Raises: SourceChangedError after three tries."""
    for left in reversed(range(TRIES)):
        try:
            return await write()
        except SourceChangedError as error:
            if not left:
                raise
            context.log.warning("the source changed during the export; beginning again", reason=error.message)
    raise AssertionError("the last try returns or raises")


async def write_content(
    path: Path, reading: ExportReading, request: ExportRequest, limits: ArchiveLimits
) -> WrittenFile:
    """Write all that the request names into a file. Raises: as ExportReading.write."""
    async with _open_writer(request, path, replace(limits, archive_bytes=request.max_bytes)) as writer:
        return await reading.write(writer)


def _open_writer(
    request: ExportRequest, path: Path, limits: ArchiveLimits
) -> AbstractAsyncContextManager[ExportWriter]:
    match request.file_filter:
        case FileFilter.MIGRATE:
            return ArchiveWriter.open(path, limits)
        case FileFilter.ONPREMISES:
            return BulkCsvWriter.open(path, limits)
