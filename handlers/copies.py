"""Copies applications from one database into another: an export into a spool archive, then its import."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from handlers.attempts.context import Context, Handler, require_request
from handlers.cleanup.proofs import withdraw
from handlers.exports.reading import ExportReading
from handlers.exports.writing import open_export, write_again_if_changed
from handlers.imports.handler import import_archive, take_over
from handlers.imports.handler import settle as settle_import
from handlers.imports.ownership import undo_import
from shared.archive_names import name_for_spool
from shared.errors import ArchiveExistsError, UnknownArchiveError
from shared.jobs.copying import to_export, to_import
from shared.jobs.record import Job, Outcome, Phase
from shared.jobs.requests import CopyRequest
from shared.ports.import_plans import JournalPhase


async def run(job: Job, context: Context) -> Outcome:
    """Read the applications into the spool, unless an earlier attempt has done so, then import that.

    Raises: as an export and an import.
    """
    request, name = require_request(job, CopyRequest), name_for_spool(job.id)
    wanted = to_import(request, name)
    opened = await take_over(wanted, job, context)
    only_forward = opened is not None and opened.phase is not JournalPhase.WRITING
    if not only_forward and not await _is_spooled(job, context):
        if opened is not None:
            # What is written is numbered as in an archive that is lost.
            await opened.undo()
            opened = None
        await write_again_if_changed(lambda: _spool(job, request, context), context)
    outcome = await import_archive(wanted, opened, context)
    summary = replace(outcome.summary, from_database=request.from_database)
    # The spool goes with the job: nobody can ask for it.
    return replace(outcome, archive=None, summary=summary)


async def settle(job: Job, context: Context) -> None:
    """Remove the spool, and with it the part of a worker that died: alone, that would wait for the next sweep."""
    await withdraw(job, context.archives)
    await settle_import(job, context)


HANDLER = Handler(run=run, undo=undo_import, settle=settle, only_forward=True)


async def _is_spooled(job: Job, context: Context) -> bool:
    """Whether the spool is there: it gets its name when it is whole."""
    with suppress(UnknownArchiveError):
        await context.archives.get(job.tenant, name_for_spool(job.id))
        return True
    return False


async def _spool(job: Job, request: CopyRequest, context: Context) -> None:
    name = name_for_spool(job.id)
    wanted = to_export(request, name)
    reading = ExportReading(wanted, context, told_as=Phase.READING)
    async with open_export(job, wanted, context) as pending:
        await pending.write(reading)
        # Another holder of the job, late by then, may have been first: its spool is as good.
        with suppress(ArchiveExistsError):
            await pending.publish(name, number=False)
    context.log.info("read", nodes=reading.progress.nodes_done, relationships=reading.progress.relationships_done)
