"""The endpoints of the spark surface."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiohttp import web

from gateway.access.visibility import may_see_whole, require_job, tell_job
from gateway.archives.contents import read_manifest
from gateway.archives.links import FileLink
from gateway.archives.receiving import keep_if_accepted
from gateway.bodies.downloads import archive_download, send_content
from gateway.bodies.long_work import while_wanted
from gateway.bodies.parsing import parse_body, parse_json
from gateway.bodies.responses import absolute_url, job_url, respond_json
from gateway.dialects.spark import views
from gateway.dialects.spark.exporting import check_export
from gateway.dialects.spark.importing import check_import
from gateway.dialects.spark.listing import read_listing, view_listing
from gateway.dialects.spark.models import CancelExportBody, CancelImportBody, JobBody, SparkExportBody, SparkImportBody
from gateway.dialects.spark.parts import ENTITY_PART, receive_parts
from gateway.http_errors import JobLimitReachedError
from gateway.keys import AUDIT_TARGET, CALLER, DIGESTS, LOGIN, METRICS, RESOURCES, SETTINGS, SIGNER, TRACE, TURNS
from gateway.lasting import ask_again_by
from gateway.middlewares.auth import require_rights_left
from gateway.middlewares.job_prefetch import read_job
from gateway.submission.limits import find_upload_limits
from gateway.submission.submission import Submission, make_job_id
from gateway.submission.submit import accept
from shared.archive_names import name_for_upload
from shared.caller import Caller
from shared.errors import (
    ForbiddenError,
    NotFoundError,
    TenantBusyError,
    UnauthenticatedError,
    UnknownArchiveError,
    UnknownJobError,
)
from shared.identity import Principal
from shared.jobs.record import ArchiveIdentity, Cancellation, Job, JobKind, Surface
from shared.jobs.requests import ConflictAction, JobRequest
from shared.ports.jobs import JobStore, WhenBusy
from shared.rights.jobs import require_import_right

UPLOAD_NAME = "the uploaded file"

_API = "/api/v4"


async def export_services(request: web.Request) -> web.Response:
    """POST export: services become an archive."""
    body = await parse_body(request, SparkExportBody)
    # Of many at once the first gets the slot, and the others learn so before they burden a database.
    async with request.app[TURNS].take(request[CALLER].tenant), _running_job_named(request):
        if not body.queue:
            await _require_idle(request.app[RESOURCES].jobs, request[CALLER].tenant)
        wanted = await while_wanted(
            request, check_export(request.app[RESOURCES], request[CALLER], body, datetime.now(UTC))
        )
        return await _accept(request, wanted, body, make_job_id())


async def import_services(request: web.Request) -> web.Response:
    """POST import: the archive comes with the request."""
    caller, resources = request[CALLER], request.app[RESOURCES]
    require_import_right(caller, ConflictAction.FAIL)
    settings, job_id = request.app[SETTINGS], make_job_id()
    name = name_for_upload(job_id)
    limits = await find_upload_limits(resources, caller.tenant, settings.spark_max_bytes)
    async with resources.archives.create(caller.tenant, owner=job_id, quota=limits.quota) as pending:
        entity = await receive_parts(
            request,
            pending,
            max_file_bytes=limits.most,
            max_entity_bytes=settings.max_json_bytes,
        )
        body = parse_json(entity, SparkImportBody, ENTITY_PART)
        require_import_right(caller, body.services_existing)
        manifest = await read_manifest(pending.path, UPLOAD_NAME, resources.limits)
        wanted = await check_import(resources, caller, body, manifest, name)
        identity = await resources.archives.identify(pending.path)
        await pending.publish(name, number=False)
    async with keep_if_accepted(resources.archives, caller.tenant, name), _running_job_named(request):
        return await _accept(request, wanted, body, job_id, identity)


async def _require_idle(jobs: JobStore, tenant: str) -> None:
    """Refuse early, before databases are asked, what the submission would refuse in the end."""
    running = await jobs.find_running(tenant)
    if running is not None:
        raise TenantBusyError(tenant, running.id)


@asynccontextmanager
async def _running_job_named(request: web.Request) -> AsyncIterator[None]:
    """Tell a caller who is refused within the context where the tenant's running job can be asked for."""
    try:
        yield
    except TenantBusyError as error:
        running = await request.app[RESOURCES].jobs.get(error.running_job_id)
        fields = {"job_id": running.id, "status_url": _status_url(request, running)}
        raise JobLimitReachedError(error.message, fields=fields) from error


async def _accept(
    request: web.Request, wanted: JobRequest, body: JobBody, job_id: str, identity: ArchiveIdentity | None = None
) -> web.Response:
    submission = Submission(
        job_id=job_id,
        caller=request[CALLER],
        surface=Surface.SPARK,
        request=wanted,
        when_busy=WhenBusy.QUEUE if body.queue else WhenBusy.REFUSE,
        source_system=body.source_system,
        correlation_id=body.correlation_id,
        archive_identity=identity,
        trace=request[TRACE],
    )
    return await _answer(request, await accept(request.app[RESOURCES], request.app[METRICS], submission))


async def _answer(request: web.Request, job: Job) -> web.Response:
    settings, caller = request.app[SETTINGS], request[CALLER]
    link = FileLink.of(job, request[LOGIN].trace) if may_see_whole(job, caller) else None
    resources = request.app[RESOURCES]
    job, now = await asyncio.gather(tell_job(resources, caller, job), resources.jobs.read_clock())
    frame = views.StatusFrame(
        now=now,
        status_url=_status_url(request, job),
        file_url=None if link is None else absolute_url(request, link.to_path(request.app[SIGNER], settings)),
    )
    return respond_json(views.view_status(job, frame), headers={"Location": frame.status_url})


def _status_url(request: web.Request, job: Job) -> str:
    """Return where a job's status is, under the form of path that this request has."""
    if job.kind not in (JobKind.EXPORT, JobKind.IMPORT):
        return job_url(request, job)
    base = request.path.partition(_API)[0]
    return absolute_url(request, f"{base}{_API}/{job.kind.value}/{job.id}/status")


async def get_export(request: web.Request) -> web.Response:
    """GET export/{job_id}/status."""
    return await _answer(request, await _require_job(request, JobKind.EXPORT))


async def get_import(request: web.Request) -> web.Response:
    """GET import/{job_id}/status."""
    return await _answer(request, await _require_job(request, JobKind.IMPORT))


async def _require_job(request: web.Request, kind: JobKind) -> Job:
    job = await require_job(read_job(request), request[CALLER])
    if job.kind is not kind:
        raise UnknownJobError(job.id)
    return job


async def cancel_export(request: web.Request) -> web.Response:
    """PATCH export/{job_id}."""
    job = await _require_job(request, JobKind.EXPORT)
    await parse_body(request, CancelExportBody)
    return await _cancel(request, job)


async def cancel_import(request: web.Request) -> web.Response:
    """PATCH import/{job_id}."""
    job = await _require_job(request, JobKind.IMPORT)
    await parse_body(request, CancelImportBody)
    return await _cancel(request, job)


async def _cancel(request: web.Request, job: Job) -> web.Response:
    cancellation = Cancellation(reason=None, by=request[CALLER].user, at=datetime.now(UTC))
    return await _answer(request, await request.app[RESOURCES].jobs.request_cancel(job.id, cancellation))


async def list_exports(request: web.Request) -> web.Response:
    """GET export/status."""
    return await _list(request, JobKind.EXPORT)


async def list_imports(request: web.Request) -> web.Response:
    """GET import/status."""
    return await _list(request, JobKind.IMPORT)


async def _list(request: web.Request, kind: JobKind) -> web.Response:
    jobs = request.app[RESOURCES].jobs
    now = await jobs.read_clock()
    listing = await read_listing(jobs, request[CALLER], kind, now)
    return respond_json(view_listing(listing, now))


async def download_file(request: web.Request) -> web.StreamResponse:
    """GET /files/{token}: whoever holds the link may read what it leads to, for as long as its maker has the rights."""
    resources = request.app[RESOURCES]
    link = FileLink.from_token(request.app[SIGNER], request.match_info["token"])
    request[AUDIT_TARGET] = f"tenant={link.tenant} name={link.archive_name}"
    ask_again_by(request, lambda _: _require_maker(request.app, link))
    request[CALLER] = Caller(principal=await _require_maker(request.app, link), tenant=link.tenant)
    async with resources.archives.open_content(link.tenant, link.archive_name) as content:
        sha256 = await while_wanted(request, request.app[DIGESTS].sha256(content))
        if sha256.hex() != link.sha256:
            raise UnknownArchiveError(link.archive_name)
        return await send_content(request, archive_download(content, link.archive_name, sha256, link.file_name))


async def _require_maker(app: web.Application, link: FileLink) -> Principal:
    """Return who made the link. Raises: UnknownArchiveError where that one may not do so any more."""
    try:
        return await require_rights_left(app, link.maker, link.tenant)
    except (UnauthenticatedError, ForbiddenError, NotFoundError) as error:
        raise UnknownArchiveError(link.archive_name) from error
