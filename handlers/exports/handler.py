"""Exports applications of one database into an archive."""

from __future__ import annotations

import asyncio

from handlers.attempts.context import Context, Handler, require_request
from handlers.cleanup.proofs import confirm, withdraw
from handlers.exports.reading import ExportReading
from handlers.exports.writing import create_part, write_again_if_changed, write_content
from shared.archive.export_writer import WrittenFile
from shared.archive.file_hash import hash_file
from shared.jobs.record import Job, Outcome, Status
from shared.jobs.requests import ExportRequest
from shared.jobs.summaries import ArchiveFacts, ExportedVersion, Summary
from shared.ports.archives import PendingArchive


async def run(job: Job, context: Context) -> Outcome:
    """Write the archive, again when the source changed meanwhile. Raises: SourceChangedError after three tries."""
    await withdraw(job, context.archives)
    return await write_again_if_changed(lambda: _export(job, context), context)


async def undo(job: Job, context: Context) -> Summary:
    """Remove what attempts published; their parts are gone already."""
    await withdraw(job, context.archives)
    return Summary()


async def settle(job: Job, context: Context) -> None:
    """Drop the proof that the archive is this job's."""
    await confirm(job, context.claim.fence, context.archives)


HANDLER = Handler(run=run, undo=undo, settle=settle)


async def _export(job: Job, context: Context) -> Outcome:
    request = require_request(job, ExportRequest)
    reading = ExportReading(request, context)
    async with create_part(job, context) as (pending, limits):
        written = await write_content(pending.path, reading, request, limits)
        await context.pass_point_of_no_return()
        archive = await _publish(pending, request.archive_name)
    context.log.info("archive written", name=archive.name, bytes=archive.bytes, sha256=archive.sha256)
    return Outcome(status=Status.CLOSED, archive=archive, summary=_summarise(written), progress=reading.progress)


async def _publish(pending: PendingArchive, wanted: str) -> ArchiveFacts:
    sha256, size = await asyncio.to_thread(hash_file, pending.path)
    return ArchiveFacts(name=await pending.publish(wanted, prove=True), bytes=size, sha256=sha256)


def _summarise(written: WrittenFile) -> Summary:
    """Say what the archive holds."""
    return Summary(
        applications=tuple(
            ExportedVersion(
                name=each.name,
                version=each.version,
                folder=each.folder,
                service_id=each.service_id,
                version_id=each.version_id,
                nodes=each.nodes,
                relationships=each.relationships,
                digest=each.digest,
            )
            for each in written.applications
        )
    )
