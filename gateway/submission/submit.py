"""The one way in: a checked request becomes a job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote

import uuid_utils

from gateway.access.visibility import require_job
from gateway.archives.contents import read_application_names
from gateway.metrics import GatewayMetrics
from gateway.submission.imports import chosen_names, names_after_import, require_free_names, require_suffixes
from gateway.submission.limits import limit_request, read_limits, waiting_limit
from gateway.submission.unfinished import list_unfinished
from shared.archive_names import is_spool, name_for_spool, require_free_choice
from shared.caller import Caller
from shared.catalogue import DEFAULT_VERSION
from shared.errors import (
    InvalidRequestError,
    UnknownApplicationError,
    UnknownArchiveError,
)
from shared.identity import Principal
from shared.jobs.copying import to_export, to_import
from shared.jobs.record import Job, JobKind, NewJob, Submitter, Surface
from shared.jobs.requests import (
    ApplicationReference,
    CopyRequest,
    DeleteRequest,
    ExportRequest,
    ImportRequest,
    JobRequest,
)
from shared.jobs.touched import may_touch
from shared.ports.jobs import JobStore, WhenBusy
from shared.resources import Resources
from shared.rights.applications import require_application
from shared.rights.databases import require_database
from shared.rights.jobs import require_delete_right, require_import_rights
from shared.settings import Settings


def make_job_id() -> str:
    """Make the id of a job to be submitted."""
    return str(uuid_utils.uuid7())


_KINDS: Mapping[type[JobRequest], JobKind] = {
    ExportRequest: JobKind.EXPORT,
    ImportRequest: JobKind.IMPORT,
    CopyRequest: JobKind.COPY,
    DeleteRequest: JobKind.DELETE,
}


_BRINGING = frozenset({JobKind.IMPORT, JobKind.COPY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A request together with who makes it, in which dialect."""

    job_id: str = field(default_factory=make_job_id)
    caller: Caller
    surface: Surface
    request: JobRequest
    when_busy: WhenBusy = WhenBusy.QUEUE
    source_system: str | None = None
    correlation_id: str | None = None
    idempotency_key: str | None = None
    """The caller's word for this very request: sent again it is the same job, whatever became of that meanwhile."""
    retry_of: str | None = None
    depends_on: tuple[str, ...] = ()


async def submit(resources: Resources, metrics: GatewayMetrics, submission: Submission) -> Job:
    """Answer all that can be known before the job runs, then hand it to the store.

    Raises: ForbiddenError, UnknownDatabaseError, UnknownApplicationError, UnknownArchiveError, InvalidFileNameError,
    InvalidArchiveError, InvalidRequestError, ApplicationExistsError, UnknownJobError, and what JobStore.submit raises.
    """
    caller = submission.caller
    if (known := await _find_accepted(resources.jobs, submission)) is not None:
        return known
    for job_id in submission.depends_on:
        await require_job(resources.jobs.get(job_id), caller)
    match submission.request:
        case ExportRequest() as export:
            await _check_export(resources, submission, export)
        case ImportRequest() as wanted:
            await _check_import(resources, submission, wanted)
        case CopyRequest() as copy:
            await _check_copy(resources, submission, copy)
        case DeleteRequest() as deletion:
            await _check_delete(resources, caller, deletion)
    return await accept(resources, metrics, submission)


async def _find_accepted(jobs: JobStore, submission: Submission) -> Job | None:
    """Find the job of the same request sent before: what has changed since must not refuse it."""
    key = _scoped_key(submission)
    return None if key is None else await jobs.find_accepted(submission.caller.tenant, key)


def _scoped_key(submission: Submission) -> str | None:
    """Return the key as the store knows it: each user of a tenant has words of their own."""
    if not submission.idempotency_key:
        return None
    return f"{quote(submission.caller.user, safe='')}/{submission.idempotency_key}"


async def accept(resources: Resources, metrics: GatewayMetrics, submission: Submission) -> Job:
    """Hand a request to the store whose checks are done, and count the job. Raises: what JobStore.submit raises."""
    limits = await read_limits(resources, submission.caller.tenant)
    new = _make_job(resources.settings, replace(submission, request=limit_request(submission.request, limits)))
    job = await resources.jobs.submit(new, when_busy=submission.when_busy, waiting_limit=waiting_limit(limits))
    metrics.count_submission(job)
    return job


def _make_job(settings: Settings, submission: Submission) -> NewJob:
    request, surface = submission.request, submission.surface
    kind = _KINDS[type(request)]
    return NewJob(
        id=submission.job_id,
        tenant=submission.caller.tenant,
        kind=kind,
        surface=surface,
        database=request.database,
        created_by=submission.caller.user,
        submitter=_describe(submission.caller.principal),
        request=request,
        deadline_seconds=settings.find_deadline(surface, kind),
        source_system=submission.source_system,
        correlation_id=submission.correlation_id,
        idempotency_key=_scoped_key(submission),
        retry_of=submission.retry_of,
        depends_on=submission.depends_on,
    )


def _describe(principal: Principal) -> Submitter:
    return Submitter(home=None if principal.is_outside else principal.tenant, roles=tuple(sorted(principal.roles)))


async def _check_export(resources: Resources, submission: Submission, request: ExportRequest) -> None:
    require_free_choice(request.archive_name)
    await _require_exportable(resources, submission, request)


async def _require_exportable(resources: Resources, submission: Submission, request: ExportRequest) -> None:
    """Raise UnknownApplicationError unless all is there, and InvalidRequestError where something is named twice."""
    found = [await _find_exported(resources, submission, request.database, each) for each in request.applications]
    if twice := [each for each, times in Counter(found).items() if times > 1]:
        listed = ", ".join(repr(f"{name}[{version}]") for _, name, version in twice)
        raise InvalidRequestError(f"An archive holds each version of an application once, but {listed} comes twice.")


async def _find_exported(
    resources: Resources, submission: Submission, database: str, reference: ApplicationReference
) -> tuple[str, str, str | None]:
    """Return database, name and version of what is to be exported, or is to come before.

    Raises: UnknownApplicationError.
    """
    database = reference.database or database
    try:
        entry = await require_application(resources, submission.caller, database, reference.name, reference.version)
    except UnknownApplicationError:
        if not await _is_to_come(resources.jobs, submission, database, reference.name):
            raise
        return database, reference.name, reference.version
    return database, entry.name, entry.version or DEFAULT_VERSION


async def _is_to_come(jobs: JobStore, submission: Submission, database: str, name: str) -> bool:
    """Return whether a job that this one waits for may bring it, to a caller who may see whatever comes."""
    if not submission.caller.principal.sees_all_applications:
        return False
    awaited = [await jobs.get(job_id) for job_id in submission.depends_on]
    return any(job.kind in _BRINGING and job.database == database and may_touch(job.request, name) for job in awaited)


async def _check_delete(resources: Resources, caller: Caller, request: DeleteRequest) -> None:
    """Refuse an unknown application, unless an unfinished job may still bring it.

    Raises: ForbiddenError, UnknownDatabaseError, UnknownApplicationError.
    """
    require_delete_right(caller)
    try:
        await require_application(resources, caller, request.database, request.name, request.version)
    except UnknownApplicationError:
        for job in await list_unfinished(resources.jobs, caller.tenant):
            if job.database == request.database and may_touch(job.request, request.name):
                return
        raise


async def _check_import(resources: Resources, submission: Submission, request: ImportRequest) -> None:
    caller = submission.caller
    require_import_rights(caller, submission.surface, request)
    require_suffixes(request)
    database = await require_database(resources, caller.tenant, request.database)
    if is_spool(request.archive_name):
        raise UnknownArchiveError(request.archive_name)
    async with resources.archives.open_local(caller.tenant, request.archive_name) as path:
        names = names_after_import(await read_application_names(path, request.archive_name), request)
    await require_free_names(resources, caller, database, names, request)


async def _check_copy(resources: Resources, submission: Submission, request: CopyRequest) -> None:
    caller, spool = submission.caller, name_for_spool(submission.job_id)
    reading, writing = to_export(request, spool), to_import(request, spool)
    require_import_rights(caller, submission.surface, writing)
    require_suffixes(writing)
    await _require_exportable(resources, submission, reading)
    names = [each.source_name for each in request.choices]
    if any(each.source_version is None and names.count(each.source_name) > 1 for each in request.choices):
        raise InvalidRequestError("Where several versions of an application are copied, each has to be named.")
    database = await require_database(resources, caller.tenant, request.to_database)
    await require_free_names(resources, caller, database, chosen_names(names, writing), writing)
