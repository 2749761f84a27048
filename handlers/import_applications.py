"""Imports the applications of an archive into one database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from handlers.context import Context, Handler
from handlers.import_writing import ImportWriting
from shared.archive.manifest import ApplicationManifest
from shared.archive.preflight import Inspection, inspect
from shared.archive.reader import ArchiveReader
from shared.errors import InvalidRequestError, JobEndedError
from shared.graph import GraphCounts
from shared.jobs import ArchiveFacts, ConflictAction, ImportRequest, Job, Outcome, Phase, Progress, Status
from shared.ports import GraphImport, GraphTarget, ImportPlan, JournalPhase, PlannedApplication


async def run(job: Job, context: Context) -> Outcome:
    """Judge the archive, write it staged, read it back, publish it.

    An import that an earlier attempt began to publish only goes forward, without its archive.
    Raises: InvalidArchiveError, ApplicationExistsError, VerificationError; what the ports and advance raise.
    """
    request = _request_of(job)
    target = context.target(request.database)
    opened = await target.resume(job.id, context.claim.fence)
    if opened is not None and opened.phase is JournalPhase.UNDOING:
        await opened.undo()
        opened = None
    if opened is None or opened.phase is JournalPhase.WRITING:
        async with context.archives.open_local(job.tenant, request.archive_name) as path:
            staged = await _stage(path, job, target, context)
        if isinstance(staged, Outcome):
            return staged
        opened = staged
    return await _publish(opened, job, context)


async def undo(job: Job, context: Context) -> Mapping[str, Any]:
    """Remove whatever attempts of the job wrote. Raises: JobEndedError when it is published."""
    opened = await context.target(_request_of(job).database).resume(job.id, context.claim.fence)
    if opened is None:
        return {"undone": {"nodes_removed": 0, "relationships_removed": 0, "nodes_left": 0}}
    if opened.phase is JournalPhase.PUBLISHED:
        raise JobEndedError(f"The import of job {job.id} is published; delete the application instead.")
    await context.advance(Progress(phase=Phase.UNDOING))
    return {"undone": asdict(await opened.undo())}


async def settle(job: Job, context: Context) -> None:
    """Drop the journal, now that the job's record says that it is closed."""
    opened = await context.target(_request_of(job).database).resume(job.id, context.claim.fence)
    if opened is not None and opened.phase is JournalPhase.PUBLISHED:
        await opened.forget()


HANDLER = Handler(run=run, undo=undo, settle=settle)


def _request_of(job: Job) -> ImportRequest:
    if not isinstance(job.request, ImportRequest):
        raise InvalidRequestError(f"Job {job.id} is of kind {job.kind}, but its request is not an import's.")
    return job.request


async def _stage(path: Path, job: Job, target: GraphTarget, context: Context) -> GraphImport | Outcome:
    """Write everything where no reader sees it; an outcome when there is nothing to write."""
    request = _request_of(job)
    await context.advance(Progress(phase=Phase.CHECKING))
    inspection = await inspect(path)
    context.log.info("archive judged", name=request.archive_name, sha256=inspection.sha256)
    chosen = await _choose(inspection, request, target)
    if not chosen:
        return Outcome(status=Status.CLOSED, summary=_summary(inspection, request, chosen))
    opened = await target.begin(_plan(inspection, request, chosen, job, context))
    writing = ImportWriting(opened, context, batch_size=request.batch_size)
    async with ArchiveReader.open(path) as reader:
        digest = await writing.write(reader, chosen)
    await writing.verify(digest)
    context.log.info("written and read back", digest=digest)
    return opened


async def _choose(inspection: Inspection, request: ImportRequest, target: GraphTarget) -> Sequence[ApplicationManifest]:
    """Leave out what the request says to skip where it exists already. Raises: InvalidRequestError."""
    applications = inspection.manifest.applications
    if request.import_as is not None and len(applications) != 1:
        raise InvalidRequestError(
            f"import_as names one application, but archive {request.archive_name!r} holds {len(applications)}."
        )
    if request.on_conflict is not ConflictAction.SKIP:
        return applications
    return [each for each in applications if not await target.has_application(_name(each, request))]


def _name(application: ApplicationManifest, request: ImportRequest) -> str:
    return request.import_as or application.name


def _plan(
    inspection: Inspection,
    request: ImportRequest,
    chosen: Sequence[ApplicationManifest],
    job: Job,
    context: Context,
) -> ImportPlan:
    return ImportPlan(
        job_id=job.id,
        epoch=context.claim.fence,
        sha256=inspection.sha256,
        applications=tuple(_planned(each, request) for each in chosen),
        summary=_summary(inspection, request, chosen),
    )


def _planned(application: ApplicationManifest, request: ImportRequest) -> PlannedApplication:
    name = _name(application, request)
    return PlannedApplication(
        name=name,
        label=name,
        version=application.version,
        kind=application.kind,
        catalogue_properties=application.catalogue_properties,
        counts=GraphCounts(nodes=application.nodes, relationships=application.relationships),
    )


def _summary(
    inspection: Inspection, request: ImportRequest, chosen: Sequence[ApplicationManifest]
) -> Mapping[str, Any]:
    """Say what the import does: JSON, kept in the journal too, so that any attempt can report it."""
    applications = [
        {
            "source_name": each.name,
            "name": _name(each, request),
            "version": each.version,
            "nodes": each.nodes,
            "relationships": each.relationships,
            "digest": each.digest,
            "status": "added" if each in chosen else "skipped",
        }
        for each in inspection.manifest.applications
    ]
    archive = ArchiveFacts(name=request.archive_name, bytes=inspection.size, sha256=inspection.sha256)
    return {"applications": applications, "archive": asdict(archive), "warnings": list(inspection.warnings)}


async def _publish(opened: GraphImport, job: Job, context: Context) -> Outcome:
    progress = replace(context.lease.progress, phase=Phase.PUBLISHING)
    await context.advance(progress)
    await context.pass_point_of_no_return()
    await opened.publish()
    summary = dict(opened.summary)
    archive = ArchiveFacts(**summary.pop("archive"))
    context.log.info("published", applications=[each["name"] for each in summary["applications"]])
    return Outcome(status=Status.CLOSED, archive=archive, summary=summary, progress=progress)
