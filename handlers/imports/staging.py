"""Writes an archive's content where no reader sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from handlers.attempts.context import Context
from handlers.cleanup.proofs import owner_of
from handlers.imports.affected import list_affected
from handlers.imports.choices import choices_of
from handlers.imports.content import require_plain_contents
from handlers.imports.decisions import Decision, Decisions
from handlers.imports.destinations import Destinations
from handlers.imports.dry_run import foresee
from handlers.imports.joining import JoinedLooking
from handlers.imports.keys import find_joins
from handlers.imports.references import ReferenceConnecting
from handlers.imports.summary import make_outcome, summarise
from handlers.imports.waiting import GiveWay, HolderWaiting, wait_for_end
from handlers.imports.writing import ImportWriting
from handlers.journalled import begin_journalled
from shared.archive.inspection.inspected_archive import InspectedArchive, open_inspected
from shared.archive.inspection.inspection import Inspection
from shared.archive.reading.reader import ArchiveReader
from shared.jobs.record import Outcome, Phase, Progress
from shared.jobs.requests import ImportRequest
from shared.ports.graph_target import GraphImport, GraphTarget
from shared.ports.import_plans import ImportPlan


async def stage(path: Path, request: ImportRequest, context: Context) -> GraphImport | Outcome:
    """Write everything where no reader sees it; an outcome when there is nothing to write."""
    job = context.job
    await context.advance(Progress(phase=Phase.CHECKING))
    make_room = partial(context.archives.create, job.tenant, owner=owner_of(job, context.claim.fence))
    defaults = context.foreign.but_for(**asdict(request.foreign))
    async with open_inspected(
        path,
        name=request.archive_name,
        make_room=make_room,
        defaults=defaults,
        limits=context.limits,
        rename_labels=request.rename_labels,
    ) as archive:
        context.log.info("archive judged", name=request.archive_name, sha256=archive.inspection.sha256)
        return await _write(archive, request, context)


async def _write(archive: InspectedArchive, request: ImportRequest, context: Context) -> GraphImport | Outcome:
    inspection = archive.inspection
    if request.dry_run:
        return await foresee(archive, request, context)
    decisions = await _decide(inspection, request, context)
    affected = await list_affected(context.source(request.database), decisions)
    told = [each.describe(request.database) for each in decisions]
    summary = replace(summarise(inspection, request, told, decisions), affected=affected)
    planned = tuple(each.planned for each in decisions if each.planned is not None)
    if not planned:
        return make_outcome(summary, context.lease.progress)
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
            return await _write_staged(archive, request, plan, decisions, context)
        except GiveWay as signal:
            context.log.info("begins again: two imports wait for each other's nodes", job=signal.holder)
            await _step_back(plan, target)
            await wait_for_end(signal.holder, target, context)


async def _write_staged(
    archive: InspectedArchive, request: ImportRequest, plan: ImportPlan, decisions: Sequence[Decision], context: Context
) -> GraphImport:
    """Write the planned applications, connect them, read all back. Raises: GiveWay; as the ports and advance."""
    target = context.target(request.database)
    chosen = [each.application for each in decisions if each.planned is not None]
    async with ArchiveReader.open(archive.path, context.limits) as reader:
        await require_plain_contents(reader, chosen, plan.applications, request, context)
        joins = await find_joins(reader, chosen, plan.applications, request, context)
        joins.require_none_refused()
        opened = await begin_import(target, plan, context)
        opened.mark_shared(joins.marked)
        waiting = HolderWaiting(opened, target, context)
        writing = ImportWriting(opened, waiting, context, batch_size=request.batch_size)
        looking = JoinedLooking(
            opened, joins.equal, batch_size=request.batch_size, must_agree=request.fail_on_difference
        )
        connecting = ReferenceConnecting(opened, context, batch_size=request.batch_size)
        await writing.write(reader, chosen)
        context.log.info("written", **asdict(plan.counts))
        references = await connecting.connect(reader, chosen, Destinations(decisions))
        await writing.verify(reader, chosen, archive.inspection.ordinal_digests, looking)
    context.log.info("read back, and equal", **looking.counts)
    await opened.add_to_summary(references=references, shared=looking.report())
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


async def begin_import(target: GraphTarget, plan: ImportPlan, context: Context) -> GraphImport:
    """Begin an import, once orphans that hold one of its names are out of the way.

    Raises: what GraphTarget.begin and advance raise.
    """
    return await begin_journalled(target, lambda: target.begin(plan), context)
