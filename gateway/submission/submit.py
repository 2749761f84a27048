"""Checks everything that can be checked before the job runs, then stores the job."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from urllib.parse import quote

from gateway.access.visibility import require_job
from gateway.metrics import GatewayMetrics
from gateway.submission.copies import check_copy
from gateway.submission.deletions import check_deletion
from gateway.submission.exports import check_export
from gateway.submission.imports import check_import
from gateway.submission.inspections import check_inspection
from gateway.submission.limits import limit_request, read_limits, waiting_limit
from gateway.submission.spelling import respell
from gateway.submission.submission import Submission
from gateway.submission.webhooks import check_webhook
from shared.errors import IdempotencyKeyReusedError
from shared.identity import Principal
from shared.jobs.record import Job, JobKind, NewJob, Submitter
from shared.jobs.requests import (
    CopyRequest,
    DeleteRequest,
    ExportRequest,
    ImportRequest,
    InspectRequest,
    JobRequest,
)
from shared.ports.jobs import JobStore
from shared.resources import Resources
from shared.settings.process import Settings

_KINDS: Mapping[type[JobRequest], JobKind] = {
    ExportRequest: JobKind.EXPORT,
    ImportRequest: JobKind.IMPORT,
    CopyRequest: JobKind.COPY,
    DeleteRequest: JobKind.DELETE,
    InspectRequest: JobKind.INSPECT,
}


async def submit(resources: Resources, metrics: GatewayMetrics, submission: Submission) -> Job:
    """Check everything that can be checked before the job runs, then store it.

    Raises: IdempotencyKeyReusedError, ForbiddenError, UnknownDatabaseError, UnknownApplicationError,
    UnknownArchiveError, InvalidFileNameError, InvalidArchiveError, InvalidRequestError, ApplicationExistsError,
    UnknownJobError, and what JobStore.submit raises.
    """
    caller = submission.caller
    if (known := await _find_accepted(resources.jobs, submission)) is not None:
        return known
    for job_id in submission.depends_on:
        await require_job(resources.jobs.get(job_id), caller)
    async with _archive_kept(resources, submission):
        return await accept(resources, metrics, await judge(resources, submission))


async def judge(resources: Resources, submission: Submission) -> Submission:
    """Check a request as submit does, and store nothing; return it as it would be. Raises: as submit does there."""
    request = await respell(resources, submission.caller, submission.request)
    checked = await _check(resources, replace(submission, request=request))
    await check_webhook(resources, checked)  # last, for it may look up a name: rights come before
    return checked


def _archive_kept(resources: Resources, submission: Submission) -> AbstractAsyncContextManager[None]:
    """Keep the archive that a request reads until its job says so."""
    reads = isinstance(submission.request, ImportRequest | InspectRequest)
    return resources.archives.keep(submission.caller.tenant) if reads else nullcontext()


async def _check(resources: Resources, submission: Submission) -> Submission:
    """Check a request by its kind; return it with what is known of its archive."""
    match submission.request:
        case ExportRequest() as export:
            await check_export(resources, submission, export)
        case ImportRequest() as wanted:
            return replace(submission, archive_identity=await check_import(resources, submission, wanted))
        case CopyRequest() as copy:
            await check_copy(resources, submission, copy)
        case DeleteRequest() as deletion:
            await check_deletion(resources, submission.caller, deletion)
        case InspectRequest() as inspection:
            identity = await check_inspection(resources, submission.caller, inspection)
            return replace(submission, archive_identity=identity)
    return submission


async def _find_accepted(jobs: JobStore, submission: Submission) -> Job | None:
    """Find the job of the same request sent before: what has changed since must not refuse it."""
    key = _scoped_key(submission)
    known = None if key is None else await jobs.find_accepted(submission.caller.tenant, key)
    return None if known is None else _require_same(known, submission)


def _require_same(known: Job, submission: Submission) -> Job:
    if known.request_digest != submission.request_digest:
        raise IdempotencyKeyReusedError(known.id)
    return known


def _scoped_key(submission: Submission) -> str | None:
    """Return the key as the store knows it: each user of a tenant has words of their own."""
    if not submission.idempotency_key:
        return None
    return f"{quote(submission.caller.user, safe='')}/{submission.idempotency_key}"


async def accept(resources: Resources, metrics: GatewayMetrics, submission: Submission) -> Job:
    """Hand a request to the store whose checks are done, and count the job.

    Raises: IdempotencyKeyReusedError; what JobStore.submit raises.
    """
    limits = await read_limits(resources, submission.caller.tenant)
    new = _make_job(resources.settings, replace(submission, request=limit_request(submission.request, limits)))
    job = await resources.jobs.submit(new, when_busy=submission.when_busy, waiting_limit=waiting_limit(limits))
    if job.id != submission.job_id:
        return _require_same(job, submission)
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
        archive_identity=submission.archive_identity,
        request=request,
        deadline_seconds=settings.find_deadline(surface, kind),
        source_system=submission.source_system,
        correlation_id=submission.correlation_id,
        idempotency_key=_scoped_key(submission),
        request_digest=submission.request_digest,
        retry_of=submission.retry_of,
        depends_on=submission.depends_on,
        webhook=submission.webhook,
        trace=submission.trace,
    )


def _describe(principal: Principal) -> Submitter:
    return Submitter(home=None if principal.is_outside else principal.tenant, roles=tuple(sorted(principal.roles)))
