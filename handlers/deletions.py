"""Deletes an application from one database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from handlers.attempts.context import Context, Handler, require_request
from handlers.cleanup.gone import forget_if_gone
from handlers.journalled import begin_journalled, count_removed, settle_journalled, undo_journalled
from handlers.strangers import tell_removed
from shared.catalogue import DEFAULT_VERSION, CatalogueEntry
from shared.identity import ApplicationName
from shared.jobs.record import Job, Outcome, Phase, Progress, Status
from shared.jobs.requests import DeleteRequest
from shared.jobs.summaries import ApplicationStatus, RemovedVersion, Summary
from shared.jobs.summary_json import to_json
from shared.ports.graph_source import GraphSource
from shared.ports.graph_target import GraphImport
from shared.ports.import_plans import JournalPhase, RemovalPlan


async def run(job: Job, context: Context) -> Outcome:
    """Claim the application, pass the point of no return, remove it.

    Raises: UnknownApplicationError, ImportInProgressError; what the ports and advance raise.
    """
    request = require_request(job, DeleteRequest)
    await context.advance(Progress(phase=Phase.STARTING))
    opened = await context.target(request.database).resume(job.id, context.claim.fence)
    if opened is not None and opened.phase is JournalPhase.UNDOING:
        await opened.undo()
        opened = None
    outcome = await _remove(opened or await _begin(request, job, context), context)
    name = ApplicationName(request.database, request.name)
    await context.insist(partial(forget_if_gone, name, context.source(request.database), context.identity))
    return outcome


HANDLER = Handler(run=run, undo=undo_journalled, settle=settle_journalled, only_forward=True)


async def _begin(request: DeleteRequest, job: Job, context: Context) -> GraphImport:
    source, target = context.source(request.database), context.target(request.database)
    entries = await _find_entries(source, request)
    plan = RemovalPlan(
        job_id=job.id,
        epoch=context.claim.fence,
        name=request.name,
        version=request.version,
        summary=Summary(applications=tuple([await _describe(source, each) for each in entries])),
    )
    return await begin_journalled(target, lambda: target.begin_removal(plan), context)


async def _find_entries(source: GraphSource, request: DeleteRequest) -> Sequence[CatalogueEntry]:
    """Return the versions that go. Raises: UnknownApplicationError."""
    found = [each for each in await source.list_applications() if each.name == request.name]
    wanted = [each for each in found if request.version in (None, each.version or DEFAULT_VERSION)]
    return wanted or [await source.get_application(request.name, request.version)]


async def _describe(source: GraphSource, entry: CatalogueEntry) -> RemovedVersion:
    counts = await source.count(entry.label)
    return RemovedVersion(
        name=entry.name,
        version=entry.version,
        database=entry.database,
        service_id=entry.service_id,
        version_id=entry.version_id,
        status=ApplicationStatus.DELETED,
        nodes=counts.nodes,
        relationships=counts.relationships,
    )


async def _remove(opened: GraphImport, context: Context) -> Outcome:
    going = opened.summary.applications_of(RemovedVersion)
    await context.advance(_begin_counting(going, context.job.progress))
    await context.pass_point_of_no_return()
    opened.on_removed(count_removed(context.lease))
    await opened.publish()
    context.log.info("deleted", applications=[to_json(each) for each in going])
    progress = context.lease.progress
    return Outcome(status=Status.CLOSED, summary=tell_removed(opened.summary, progress), progress=progress)


def _begin_counting(going: Sequence[RemovedVersion], earlier: Progress) -> Progress:
    """Return what is to go, less of it where other applications carry some, and what earlier attempts have removed."""
    return replace(
        earlier,
        phase=Phase.DELETING,
        nodes_total=sum(each.nodes for each in going),
        relationships_total=sum(each.relationships for each in going),
    )
