"""Imports the applications of an archive into one database."""

from __future__ import annotations

from dataclasses import replace

from handlers.attempts.context import Context, Handler, require_request
from handlers.cleanup.own_archives import remove_own_archive
from handlers.imports.ownership import note_imported, require_known, undo_import
from handlers.imports.staging import stage
from handlers.imports.summary import make_outcome
from handlers.journalled import settle_journalled
from handlers.strangers import tell_joined
from shared.archive.file_identity import require_unchanged
from shared.jobs.record import Job, Outcome, Phase
from shared.jobs.requests import ImportRequest
from shared.jobs.summaries import ImportedVersion
from shared.ports.graph_target import GraphImport
from shared.ports.import_plans import JournalPhase


async def run(job: Job, context: Context) -> Outcome:
    """Inspect the archive, write it staged, read it back, and publish it.

    An import that an earlier attempt began to publish only goes forward, without its archive.
    Raises: InvalidArchiveError, ApplicationExistsError, VerificationError; what the ports and advance raise.
    """
    request = require_request(job, ImportRequest)
    return await import_archive(request, await take_over(request, job, context), context)


async def take_over(request: ImportRequest, job: Job, context: Context) -> GraphImport | None:
    """Take over what an earlier attempt wrote, if anything; what it had begun to undo is undone first."""
    opened = await context.target(request.database).resume(job.id, context.claim.fence)
    if opened is not None and opened.phase is JournalPhase.UNDOING:
        await opened.undo()
        return None
    return opened


async def import_archive(request: ImportRequest, opened: GraphImport | None, context: Context) -> Outcome:
    """Begin an import, or go on with one that was taken over. Raises: as run."""
    if opened is None or opened.phase is JournalPhase.WRITING:
        async with context.archives.open_local(context.job.tenant, request.archive_name) as path:
            # Also of a later attempt: what the first one wrote is of that archive.
            found = await context.archives.identify(path)
            require_unchanged(found, request.archive_name, context.job.archive_identity)
            staged = await stage(path, request, context)
        if isinstance(staged, Outcome):
            return staged
        opened = staged
    return await _publish(opened, context)


async def settle(job: Job, context: Context) -> None:
    """Drop the journal, and the archive if it came with the request, now that the job's record says that it ended."""
    await remove_own_archive(job, context.archives)
    await settle_journalled(job, context)


HANDLER = Handler(run=run, undo=undo_import, settle=settle, only_forward=True)


async def _publish(opened: GraphImport, context: Context) -> Outcome:
    progress = replace(context.lease.progress, phase=Phase.PUBLISHING)
    await context.advance(progress)
    if opened.phase is JournalPhase.WRITING:
        require_known(opened.summary)
    await context.pass_point_of_no_return()
    await note_imported(opened.summary, context)
    await opened.publish()
    context.log.info("published", applications=[each.name for each in opened.summary.applications_of(ImportedVersion)])
    return make_outcome(await tell_joined(opened.summary, context), progress)
