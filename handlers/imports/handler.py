"""Imports the applications of an archive into one database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from handlers.attempts.context import Context, Handler
from handlers.cleanup.orphans import begin_import
from handlers.cleanup.own_archives import remove_own_archive
from handlers.cleanup.proofs import owner_of
from handlers.imports.affected import list_affected
from handlers.imports.choices import choices_of
from handlers.imports.comparing import Comparing
from handlers.imports.decisions import Decision, Decisions
from handlers.imports.destinations import Destinations
from handlers.imports.joining import JoinedLooking
from handlers.imports.ownership import note_imported, undo_import
from handlers.imports.references import ReferenceConnecting
from handlers.imports.waiting import GiveWay, HolderWaiting, wait_for_end
from handlers.imports.writing import ImportWriting
from handlers.journalled import settle_journalled
from handlers.requests import require_request
from shared.archive.inspection.intake import Intake, take_in
from shared.archive.inspection.preflight import Inspection
from shared.archive.reading.reader import ArchiveReader
from shared.jobs.record import ArchiveFacts, Job, Outcome, Phase, Progress, Status
from shared.jobs.requests import ImportRequest
from shared.ports.graph_target import GraphImport, GraphTarget
from shared.ports.import_plans import ImportPlan, JournalPhase


async def run(job: Job, context: Context) -> Outcome:
    """Judge the archive, write it staged, read it back, publish it.

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
            staged = await _stage(path, request, context)
        if isinstance(staged, Outcome):
            return staged
        opened = staged
    return await _publish(opened, context)


async def settle(job: Job, context: Context) -> None:
    """Drop the journal, and the archive if it came with the request, now that the job's record says that it ended."""
    await remove_own_archive(job, context.archives)
    await settle_journalled(job, context)


HANDLER = Handler(run=run, undo=undo_import, settle=settle)


async def _stage(path: Path, request: ImportRequest, context: Context) -> GraphImport | Outcome:
    """Write everything where no reader sees it; an outcome when there is nothing to write."""
    job = context.job
    await context.advance(Progress(phase=Phase.CHECKING))
    make_room = partial(context.archives.create, job.tenant, owner=owner_of(job, context.claim.fence))
    async with take_in(path, name=request.archive_name, make_room=make_room, defaults=context.foreign) as intake:
        context.log.info("archive judged", name=request.archive_name, sha256=intake.inspection.sha256)
        return await _write(intake, request, context)


async def _write(intake: Intake, request: ImportRequest, context: Context) -> GraphImport | Outcome:
    inspection = intake.inspection
    if request.dry_run:
        return await _foresee(intake, request, context)
    decisions = await _decide(inspection, request, context)
    affected = await list_affected(context.source(request.database), decisions)
    summary = {**_summary(inspection, request, decisions), "affected": affected}
    planned = tuple(each.planned for each in decisions if each.planned is not None)
    if not planned:
        return _close(summary, context.lease.progress)
    plan = ImportPlan(
        job_id=context.job.id,
        epoch=context.claim.fence,
        sha256=inspection.sha256,
        applications=planned,
        summary=summary,
    )
    target = context.target(request.database)
    while True:
        try:
            return await _write_staged(intake, request, plan, decisions, context)
        except GiveWay as signal:
            context.log.info("begins again: two imports wait for each other's nodes", job=signal.holder)
            await _step_back(plan, target)
            await wait_for_end(signal.holder, target, context)


async def _write_staged(
    intake: Intake, request: ImportRequest, plan: ImportPlan, decisions: Sequence[Decision], context: Context
) -> GraphImport:
    """Write the planned applications, connect them, read all back. Raises: GiveWay; as the ports and advance."""
    target = context.target(request.database)
    opened = await begin_import(target, plan, context)
    waiting = HolderWaiting(opened, target, context)
    writing = ImportWriting(opened, waiting, context, batch_size=request.batch_size)
    looking = JoinedLooking(opened, batch_size=request.batch_size, must_agree=request.fail_on_difference)
    connecting = ReferenceConnecting(opened, context, batch_size=request.batch_size)
    chosen = [each.application for each in decisions if each.planned is not None]
    async with ArchiveReader.open(intake.path) as reader:
        await writing.write(reader, chosen)
        context.log.info("written", **asdict(plan.counts))
        references = await connecting.connect(reader, chosen, Destinations(decisions))
        await writing.verify(reader, chosen, intake.inspection.ordinal_digests, looking)
    context.log.info("read back, and equal")
    await opened.report({**references, **looking.report()})
    return opened


async def _step_back(plan: ImportPlan, target: GraphTarget) -> None:
    opened = await target.resume(plan.job_id, plan.epoch)
    if opened is not None:
        await opened.undo()


async def _decide(inspection: Inspection, request: ImportRequest, context: Context) -> Sequence[Decision]:
    """Decide for every application. Raises: ApplicationExistsError, InvalidRequestError."""
    decisions = Decisions(context.source(request.database))
    wanted = choices_of(request, inspection.manifest.applications)
    return [await decisions.decide(application, choice) for application, choice in wanted]


async def _foresee(intake: Intake, request: ImportRequest, context: Context) -> Outcome:
    """Say what an import would do, and how it would change what is there."""
    source = context.source(request.database)
    wanted = choices_of(request, intake.inspection.manifest.applications)
    decisions = Decisions(source)
    foreseen = [await decisions.foresee(application, choice) for application, choice in wanted]
    comparing = Comparing(source, context, batch_size=request.batch_size)
    applications = []
    async with ArchiveReader.open(intake.path) as reader:
        for each in foreseen:
            entry = each.present if request.compare else None
            difference = None if entry is None else await comparing.compare(reader, each.application, entry)
            applications.append({**each.to_summary(request.database), "difference": difference})
    summary = {**_summary(intake.inspection, request, foreseen), "applications": applications, "dry_run": True}
    return _close(summary, context.lease.progress)


def _summary(inspection: Inspection, request: ImportRequest, decisions: Sequence[Decision]) -> Mapping[str, Any]:
    """Say what the import does: JSON, kept in the journal too, so that any attempt can report it."""
    archive = ArchiveFacts(name=request.archive_name, bytes=inspection.size, sha256=inspection.sha256)
    return {
        "applications": [each.to_summary(request.database) for each in decisions],
        "archive": asdict(archive),
        "warnings": list(inspection.warnings),
    }


def _close(summary: Mapping[str, Any], progress: Progress) -> Outcome:
    rest = dict(summary)
    archive = ArchiveFacts(**rest.pop("archive"))
    return Outcome(status=Status.CLOSED, archive=archive, summary=rest, progress=progress)


async def _publish(opened: GraphImport, context: Context) -> Outcome:
    progress = replace(context.lease.progress, phase=Phase.PUBLISHING)
    await context.advance(progress)
    await context.pass_point_of_no_return()
    await note_imported(opened.summary, context)
    await opened.publish()
    context.log.info("published", applications=[each["name"] for each in opened.summary["applications"]])
    return _close(opened.summary, progress)
