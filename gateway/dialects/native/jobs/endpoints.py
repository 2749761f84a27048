"""The endpoints of jobs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from aiohttp import web

from gateway.access.visibility import require_job
from gateway.bodies.downloads import Download, send_file
from gateway.bodies.parsing import parse_body, parse_query
from gateway.bodies.responses import respond_json
from gateway.dialects.native.accepting import accept_job
from gateway.dialects.native.jobs.answers import view_job, view_jobs
from gateway.dialects.native.jobs.models import CancelBody, JobsQuery
from gateway.dialects.native.jobs.retrying import find_unfinished_dependencies, require_retriable
from gateway.keys import CALLER, RESOURCES, SETTINGS
from gateway.middlewares.job_prefetch import read_job
from shared.jobs.record import Cancellation, Job
from shared.logs import log_path


async def _require_job(request: web.Request) -> Job:
    return await require_job(read_job(request), request[CALLER])


async def list_jobs(request: web.Request) -> web.Response:
    """GET /jobs: the jobs that the caller may see, newest first."""
    query, caller = parse_query(request, JobsQuery), request[CALLER]
    where = query.to_filter(None if caller.principal.sees_all_jobs else caller.user)
    jobs = request.app[RESOURCES].jobs
    page = await jobs.list_jobs(caller.tenant, where=where, cursor=query.cursor, limit=query.limit)
    return respond_json(view_jobs(page))


async def get_job(request: web.Request) -> web.Response:
    """GET /jobs/{job_id}."""
    job = await _require_job(request)
    return respond_json(view_job(job))


async def cancel_job(request: web.Request) -> web.Response:
    """PATCH /jobs/{job_id}: a waiting job is cancelled at once, a running one is asked to stop."""
    job = await _require_job(request)
    body = await parse_body(request, CancelBody)
    cancellation = Cancellation(reason=body.reason, by=request[CALLER].user, at=datetime.now(UTC))
    job = await request.app[RESOURCES].jobs.request_cancel(job.id, cancellation)
    return respond_json(view_job(job))


async def retry_job(request: web.Request) -> web.Response:
    """POST /jobs/{job_id}/retry: a new job with the request of one that ended without success."""
    job = require_retriable(await _require_job(request))
    depends_on = await find_unfinished_dependencies(request.app[RESOURCES].jobs, job)
    return await accept_job(request, job.request, depends_on=depends_on, again=job)


async def get_log(request: web.Request) -> web.StreamResponse:
    """GET /jobs/{job_id}/log: JSON Lines; empty while nothing is written yet."""
    job = await _require_job(request)
    path = log_path(request.app[SETTINGS], job.tenant, job.id)
    if not await asyncio.to_thread(path.is_file):
        return web.Response(content_type="application/x-ndjson")
    return await send_file(request, Download(path=path, media_type="application/x-ndjson"))
