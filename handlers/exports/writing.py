"""Writes an archive's content, and begins again where the source changes meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from handlers.attempts.context import Context
from handlers.cleanup.proofs import owner_of
from handlers.exports.reading import ExportReading
from shared.archive.bulk.writer import BulkCsvWriter
from shared.archive.export_writer import ExportWriter, WrittenFile
from shared.archive.limits import ArchiveLimits
from shared.archive.writing.writer import ArchiveWriter
from shared.errors import SourceChangedError
from shared.jobs.record import Job
from shared.jobs.requests import ExportRequest, FileFilter
from shared.ports.archives import PendingArchive

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


@asynccontextmanager
async def create_part(job: Job, context: Context) -> AsyncIterator[tuple[PendingArchive, ArchiveLimits]]:
    """Open the part of this attempt; give with it what may be written to it as the tenant's folder is now."""
    tenant = await context.insist(partial(context.identity.get_tenant, job.tenant))
    quota, owner = None if tenant is None else tenant.limits.max_total_bytes, owner_of(job, context.claim.fence)
    async with context.archives.create(job.tenant, owner=owner, quota=quota) as pending:
        yield pending, replace(context.limits, room=await pending.expect(0))


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
