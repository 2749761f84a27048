"""The endpoints of the darwin surface: each waits for its job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from gateway.archives.contents import read_manifest
from gateway.archives.receiving import keep_if_accepted
from gateway.bodies.draining import drain
from gateway.bodies.parsing import parse_body, parse_query
from gateway.bodies.responses import job_url, respond_json
from gateway.dialects.darwin import views
from gateway.dialects.darwin.conducting import await_end, submit_job
from gateway.dialects.darwin.exporting import select_versions
from gateway.dialects.darwin.importing import PackageImport, list_conflicts
from gateway.dialects.darwin.models import DarwinExportBody, TargetQuery
from gateway.dialects.darwin.receiving import receive_package
from gateway.dialects.darwin.sending import send_package
from gateway.keys import CALLER, RESOURCES, SETTINGS
from gateway.submission.limits import find_upload_limits
from gateway.submission.submission import make_job_id
from shared.archive_names import name_for_upload
from shared.errors import ApplicationExistsError, InvalidArchiveError, UnknownArchiveError
from shared.jobs.record import Failure, Job, Status
from shared.rights.databases import find_catalogue_database

PACKAGE_NAME = "exportPackage"


async def export_versions(request: web.Request) -> web.StreamResponse:
    """POST export: versions, and all that they need, become a package."""
    resources, limit = request.app[RESOURCES], request.app[SETTINGS].max_upload_bytes
    source = resources.sources[await _find_database(request)]
    body = await parse_body(request, DarwinExportBody)
    wanted = await select_versions(source, body, now=datetime.now(UTC), max_bytes=limit)
    job = await await_end(request, await submit_job(request, wanted, make_job_id()))
    headers = {"Location": job_url(request, job)}
    if job.status is not Status.CLOSED or job.archive is None:
        return respond_json(views.view_failed_export(views.failure_of(job)), headers=headers)
    async with resources.archives.open_content(job.tenant, job.archive.name) as content:
        if content.size != job.archive.bytes:
            raise UnknownArchiveError(job.archive.name)  # deleted since, and its name given anew
        return await send_package(request, content, headers)


async def import_package(request: web.Request) -> web.Response:
    """POST import: a package becomes versions in the catalogue."""
    archives, settings, tenant = request.app[RESOURCES].archives, request.app[SETTINGS], request[CALLER].tenant
    limits = await find_upload_limits(request.app[RESOURCES], tenant, settings.max_upload_bytes)
    database, job_id = await _find_database(request), make_job_id()
    name = name_for_upload(job_id)
    try:
        async with archives.create(tenant, owner=job_id, quota=limits.quota) as pending:
            most = {"max_bytes": limits.most, "max_rest_bytes": settings.max_json_bytes}
            body = await receive_package(request, pending, **most)
            manifest = await read_manifest(pending.path, PACKAGE_NAME, request.app[RESOURCES].limits)
            package = PackageImport.of(body, manifest, database=database, archive_name=name)
            await pending.publish(name, number=False)
    except InvalidArchiveError as error:
        return await _refuse(request, error)
    async with keep_if_accepted(archives, tenant, name):
        job = await submit_job(request, package.request, job_id)
    job = await await_end(request, job)
    answer = views.view_import(job) if job.status is Status.CLOSED else await _view_failure(request, job, package)
    return respond_json(answer, headers={"Location": job_url(request, job)})


async def _find_database(request: web.Request) -> str:
    query = parse_query(request, TargetQuery)
    return await find_catalogue_database(request.app[RESOURCES], request[CALLER].tenant, query.database)


async def _refuse(request: web.Request, error: InvalidArchiveError) -> web.Response:
    """Tell what is wrong with the package, once all of it has arrived: clients send it before they read."""
    await drain(request, request.app[SETTINGS].max_upload_bytes)
    return respond_json(views.view_failed_import([views.view_failure(Failure(code=error.code, message=error.message))]))


async def _view_failure(request: web.Request, job: Job, package: PackageImport) -> Mapping[str, Any]:
    """Tell why a job is not closed: of versions that are there already, all of them."""
    failure = views.failure_of(job)
    if failure.code == ApplicationExistsError.code:
        conflicts = await list_conflicts(request.app[RESOURCES].sources[job.database], package)
        if conflicts:
            return views.view_failed_import([views.view_conflict(each) for each in conflicts])
    return views.view_failed_import([views.view_failure(failure)])
