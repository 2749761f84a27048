"""Writes an archive's content, and begins again where the source changes meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from handlers.attempts.context import Context
from handlers.cleanup.proofs import owner_of
from handlers.exports.reading import ExportReading
from shared.archive.bulk.writer import BulkCsvWriter
from shared.archive.export_writer import ExportWriter, WrittenFile
from shared.archive.file_sink import publish_file
from shared.archive.limits import ArchiveLimits
from shared.archive.writing.writer import ArchiveWriter
from shared.errors import SourceChangedError
from shared.jobs.record import Job
from shared.jobs.requests import ExportRequest, FileFilter
from shared.jobs.summaries import ArchiveFacts

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingExport:
    """An export that is being written, invisible until published."""

    open_writer: Callable[[], AbstractAsyncContextManager[ExportWriter]]
    publish: Callable[..., Awaitable[ArchiveFacts]]
    """As that of PendingArchive, but for what it returns."""

    async def write(self, reading: ExportReading) -> WrittenFile:
        """Write all that the reading gives. Raises: as ExportReading.write."""
        async with self.open_writer() as writer:
            return await reading.write(writer)


@asynccontextmanager
async def open_export(job: Job, request: ExportRequest, context: Context) -> AsyncIterator[PendingExport]:
    """Open what this attempt writes, within what may be written to the tenant's folder as that is now."""
    tenant = await context.insist(partial(context.identity.get_tenant, job.tenant))
    quota, owner = None if tenant is None else tenant.limits.max_total_bytes, owner_of(job, context.claim.fence)
    limits = replace(context.limits, archive_bytes=request.max_bytes)
    match request.file_filter:
        case FileFilter.MIGRATE:
            most = _most_bytes(limits)
            async with context.archives.stream(job.tenant, owner=owner, quota=quota, most=most) as streamed:
                limits = replace(limits, room=await streamed.expect(0))
                open_writer = partial(ArchiveWriter.write_to, streamed.sink, limits)
                yield PendingExport(open_writer=open_writer, publish=streamed.publish)
        case FileFilter.ONPREMISES:
            async with context.archives.create(job.tenant, owner=owner, quota=quota) as part:
                limits = replace(limits, room=await part.expect(0))
                open_bulk = partial(BulkCsvWriter.open, part.path, limits)
                yield PendingExport(open_writer=open_bulk, publish=partial(publish_file, part))


def _most_bytes(limits: ArchiveLimits) -> int:
    """Return what an archive takes at most: deflating makes nothing larger that counts."""
    inflated = limits.inflated_bytes + limits.manifest_bytes
    return inflated if limits.archive_bytes is None else min(inflated, limits.archive_bytes)
