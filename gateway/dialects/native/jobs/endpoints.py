"""The endpoints of jobs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import orjson
from aiohttp import web

from gateway.access.visibility import (
    may_see_whole,
    require_job,
    require_known_request,
    tell_inspection,
    tell_job,
    tell_jobs,
)
from gateway.bodies.downloads import Download, send_content
from gateway.bodies.parsing import parse_body, parse_query
from gateway.bodies.responses import respond_json
from gateway.dialects.native.accepting import accept_job
from gateway.dialects.native.jobs.answers import view_job, view_jobs
from gateway.dialects.native.jobs.models import CancelBody, JobsQuery
from gateway.dialects.native.jobs.queued import find_queued
from gateway.dialects.native.jobs.receipt import view_receipt
from gateway.dialects.native.jobs.retrying import find_unfinished_dependencies, require_retriable
from gateway.keys import CALLER, RESOURCES
from gateway.middlewares.job_prefetch import read_job
from shared.archive.local_content import open_content
from shared.errors import ConflictError, ForbiddenError, NotFoundError
from shared.jobs.record import Cancellation, Job, JobKind
from shared.jobs.touched import is_about_application, names_part
from shared.ports.job_logs import LogName
from shared.rights.archives import may_read_archive
from shared.rights.users import spell_user

LOG_MEDIA_TYPE: Final = "application/x-ndjson"


async def _require_job(request: web.Request) -> Job:
    return await require_job(read_job(request), request[CALLER])


async def list_jobs(request: web.Request) -> web.Response:
    """GET /jobs: the jobs that the caller may see, newest first."""
    query, caller = parse_query(request, JobsQuery), request[CALLER]
    where = query.to_filter(None if caller.principal.sees_all_jobs else caller.user)
    jobs = request.app[RESOURCES].jobs
    if where.created_by not in (None, caller.user):
        spelled = await spell_user(request.app[RESOURCES].identity, caller.tenant, where.created_by)
        where = replace(where, created_by=spelled)
    page = await jobs.list_jobs(caller.tenant, where=where, cursor=query.cursor, limit=query.limit)
    told = await tell_jobs(request.app[RESOURCES], caller, page.jobs)
    if query.application is not None:  # to find a job by a name would tell of it, too
        told = [job for job in told if is_about_application(job, query.application)]
    if query.find is not None:
        told = [job for job in told if names_part(job, query.find)]
    return respond_json(view_jobs(replace(page, jobs=told)))


async def get_job(request: web.Request) -> web.Response:
    """GET /jobs/{job_id}: the one answer that tells of a waiting job where it stands."""
    job, resources, caller = await _require_job(request), request.app[RESOURCES], request[CALLER]
    queue = await find_queued(resources.jobs, caller, job)
    return respond_json(view_job(await tell_job(resources, caller, job), queue))


async def _respond_job(request: web.Request, job: Job) -> web.Response:
    return respond_json(view_job(await tell_job(request.app[RESOURCES], request[CALLER], job)))


async def get_inspection(request: web.Request) -> web.Response:
    """GET /jobs/{job_id}/inspection: what a job found that inspected an archive."""
    resources, caller, job = request.app[RESOURCES], request[CALLER], await _require_job(request)
    if job.kind is not JobKind.INSPECT:
        raise NotFoundError(f"Job {job.id!r} is no inspection.")
    report = await resources.jobs.read_report(job.id)
    if report is None or job.archive is None:
        raise ConflictError(f"Job {job.id!r} has the status '{job.status}'; what it finds is there once it is closed.")
    if not await may_read_archive(resources, caller, job.archive.name, job.archive.bytes):
        raise ForbiddenError(f"What job {job.id!r} found is for those who may read the archive.")
    return respond_json(await tell_inspection(resources, caller, orjson.loads(report)))


async def get_receipt(request: web.Request) -> web.Response:
    """GET /jobs/{job_id}/receipt: what proves what an ended job did, as far as the caller may know it."""
    job = await tell_job(request.app[RESOURCES], request[CALLER], await _require_job(request))
    return respond_json(view_receipt(job))


async def cancel_job(request: web.Request) -> web.Response:
    """PATCH /jobs/{job_id}: a waiting job is cancelled at once, a running one is asked to stop."""
    job = await _require_job(request)
    body = await parse_body(request, CancelBody)
    cancellation = Cancellation(reason=body.reason, by=request[CALLER].user, at=datetime.now(UTC))
    return await _respond_job(request, await request.app[RESOURCES].jobs.request_cancel(job.id, cancellation))


async def retry_job(request: web.Request) -> web.Response:
    """POST /jobs/{job_id}/retry: a new job with the request of one that ended without success."""
    resources, job = request.app[RESOURCES], await _require_job(request)
    wanted = require_retriable(await require_known_request(resources, request[CALLER], job))
    depends_on = await find_unfinished_dependencies(resources.jobs, job)
    return await accept_job(request, wanted, depends_on=depends_on, again=job)


async def get_log(request: web.Request) -> web.StreamResponse:
    """GET /jobs/{job_id}/log: JSON Lines; empty while nothing is written yet."""
    job = await _require_job(request)
    if not may_see_whole(job, request[CALLER]):
        raise ForbiddenError("The log may tell of applications that are not yours to see: ask who submitted the job.")
    async with (
        request.app[RESOURCES].logs.read(LogName(tenant=job.tenant, job_id=job.id)) as log,
        open_content(log.path, grows=True) as content,
    ):
        return await send_content(request, Download(content=content, media_type=LOG_MEDIA_TYPE, tag=log.tag))
