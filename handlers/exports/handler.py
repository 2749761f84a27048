"""Exports applications of one database into an archive."""

from __future__ import annotations

from handlers.attempts.context import Context, Handler, require_request
from handlers.cleanup.proofs import confirm, withdraw
from handlers.exports.reading import ExportReading
from handlers.exports.writing import open_export, write_again_if_changed
from shared.archive.export_writer import WrittenFile
from shared.jobs.record import Job, Outcome, Status
from shared.jobs.requests import ExportRequest
from shared.jobs.summaries import ExportedVersion, Summary


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
    async with open_export(job, request, context) as pending:
        written = await pending.write(reading)
        await context.pass_point_of_no_return()
        archive = await pending.publish(request.archive_name, prove=True)
    context.log.info("archive written", name=archive.name, bytes=archive.bytes, sha256=archive.sha256)
    return Outcome(status=Status.CLOSED, archive=archive, summary=_summarise(written), progress=reading.progress)


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
