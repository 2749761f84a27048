"""The endpoints of the native surface."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from urllib.parse import quote

from aiohttp import web

from gateway.databases import list_databases, require_database
from gateway.dialects.native import views
from gateway.dialects.native.archive_views import view_judgement
from gateway.dialects.native.models import CancelBody, ImportBody, InspectQuery, JobsQuery, VersionQuery
from gateway.downloads import Download, attachment, send_file
from gateway.judgement import judge_archive
from gateway.keys import CALLER, DIGESTS, INSPECTIONS, METRICS, PRINCIPAL, RESOURCES, SETTINGS
from gateway.parsing import parse_body, parse_query
from gateway.reading_ahead import read_job
from gateway.responses import absolute_url, respond_json
from gateway.submission import Submission, submit
from gateway.uploads import receive_archive
from gateway.visibility import list_visible_archives, require_archive, require_job
from shared.jobs import Cancellation, DeleteRequest, Job, JobRequest, Surface
from shared.logs import log_path


async def _require_job(request: web.Request) -> Job:
    return await require_job(read_job(request), request[CALLER])


async def list_jobs(request: web.Request) -> web.Response:
    """GET /jobs: the jobs that the caller may see, newest first."""
    query, caller = parse_query(request, JobsQuery), request[CALLER]
    where = query.to_filter(None if caller.principal.sees_all_jobs else caller.user)
    jobs = request.app[RESOURCES].jobs
    page = await jobs.list_jobs(caller.tenant, where=where, cursor=query.cursor, limit=query.limit)
    return respond_json(views.view_jobs(page))


async def get_job(request: web.Request) -> web.Response:
    """GET /jobs/{job_id}."""
    job = await _require_job(request)
    return respond_json(views.view_job(job))


async def cancel_job(request: web.Request) -> web.Response:
    """PATCH /jobs/{job_id}: a waiting job is cancelled at once, a running one is asked to stop."""
    job = await _require_job(request)
    body = await parse_body(request, CancelBody)
    cancellation = Cancellation(reason=body.reason, by=request[CALLER].user, at=datetime.now(UTC))
    job = await request.app[RESOURCES].jobs.request_cancel(job.id, cancellation)
    return respond_json(views.view_job(job))


async def get_log(request: web.Request) -> web.StreamResponse:
    """GET /jobs/{job_id}/log: JSON Lines; empty while nothing is written yet."""
    job = await _require_job(request)
    path = log_path(request.app[SETTINGS], job.tenant, job.id)
    if not await asyncio.to_thread(path.is_file):
        return web.Response(content_type="application/x-ndjson")
    return await send_file(request, Download(path=path, media_type="application/x-ndjson"))


async def list_archives(request: web.Request) -> web.Response:
    """GET /archives."""
    archives = await list_visible_archives(request.app[RESOURCES], request[CALLER])
    return respond_json(views.view_archives(archives))


async def upload_archive(request: web.Request) -> web.Response:
    """PUT /archives/{name}: the body is the archive."""
    settings, name = request.app[SETTINGS], request.match_info["name"]
    archive = await receive_archive(
        request,
        request.app[RESOURCES].archives,
        tenant=request[CALLER].tenant,
        name=name,
        limit=settings.max_upload_bytes,
    )
    location = absolute_url(settings, f"/api/v1/archives/{quote(name, safe='')}")
    return respond_json(views.view_archive(archive), status=201, headers={"Location": location})


async def download_archive(request: web.Request) -> web.StreamResponse:
    """GET /archives/{name}."""
    resources, caller = request.app[RESOURCES], request[CALLER]
    archive = await require_archive(resources, caller, request.match_info["name"])
    async with resources.archives.open_local(caller.tenant, archive.name) as path:
        download = Download(
            path=path,
            media_type="application/zip",
            sha256=await request.app[DIGESTS].sha256(path),
            headers={"Content-Disposition": attachment(archive.name)},
        )
        return await send_file(request, download)


async def inspect_archive(request: web.Request) -> web.Response:
    """GET /archives/{name}/inspect?database=: what an import into the database would find; nothing is written."""
    resources, caller, query = request.app[RESOURCES], request[CALLER], parse_query(request, InspectQuery)
    archive = await require_archive(resources, caller, request.match_info["name"])
    source = None
    if query.database is not None:
        source = resources.sources[await require_database(resources, caller.tenant, query.database)]
    async with request.app[INSPECTIONS].take(caller.tenant):
        judgement = await judge_archive(resources, caller.tenant, archive.name, source)
    return respond_json(view_judgement(archive.name, judgement))


async def delete_archive(request: web.Request) -> web.Response:
    """DELETE /archives/{name}."""
    await request.app[RESOURCES].archives.delete(request[CALLER].tenant, request.match_info["name"])
    return web.Response(status=204)


async def get_databases(request: web.Request) -> web.Response:
    """GET /databases: those mapped to the tenant."""
    names = await list_databases(request.app[RESOURCES], request[CALLER].tenant)
    return respond_json(views.view_databases(names))


async def get_applications(request: web.Request) -> web.Response:
    """GET /databases/{database}/applications: the catalogue."""
    resources = request.app[RESOURCES]
    database = await require_database(resources, request[CALLER].tenant, request.match_info["database"])
    return respond_json(views.view_applications(database, await resources.sources[database].list_applications()))


async def import_archive(request: web.Request) -> web.Response:
    """POST /imports: a job brings applications of an archive into a database, or says what it would do."""
    body = await parse_body(request, ImportBody)
    return await _accept(request, body.to_request())


async def delete_application(request: web.Request) -> web.Response:
    """DELETE /databases/{database}/applications/{name}: a job removes it, or the version that the query names."""
    query = parse_query(request, VersionQuery)
    database, name = request.match_info["database"], request.match_info["name"]
    return await _accept(request, DeleteRequest(database=database, name=name, version=query.version))


async def _accept(request: web.Request, wanted: JobRequest) -> web.Response:
    """Submit a job; a request sent twice with one Idempotency-Key is one job."""
    submission = Submission(
        caller=request[CALLER],
        surface=Surface.NATIVE,
        request=wanted,
        idempotency_key=request.headers.get("Idempotency-Key"),
    )
    job = await submit(request.app[RESOURCES], submission)
    request.app[METRICS].count_submission(job)
    location = absolute_url(request.app[SETTINGS], f"/api/v1/jobs/{job.id}")
    return respond_json(views.view_job(job), status=202, headers={"Location": location})


async def get_me(request: web.Request) -> web.Response:
    """GET /me: who the credentials say the caller is."""
    caller = request.get(CALLER)
    databases = [] if caller is None else await list_databases(request.app[RESOURCES], caller.tenant)
    return respond_json(views.view_me(request[PRINCIPAL], caller, databases))
