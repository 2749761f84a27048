"""The endpoints of the imaging surface."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from gateway.bodies.parsing import parse_body
from gateway.bodies.responses import job_url, respond_json
from gateway.dialects.imaging.models import ImagingExportBody, ImagingImportBody
from gateway.dialects.imaging.views import view_accepted
from gateway.keys import CALLER, METRICS, RESOURCES, TRACE
from gateway.submission.submission import Submission
from gateway.submission.submit import submit
from shared.archive_names import require_zip_name
from shared.jobs.record import Surface
from shared.jobs.requests import JobRequest


async def export_application(request: web.Request) -> web.Response:
    """POST app/export: an application becomes an archive in the tenant's folder."""
    body = await parse_body(request, ImagingExportBody)
    return await _accept(request, body.to_request(datetime.now(UTC)))


async def import_application(request: web.Request) -> web.Response:
    """POST app/import: an archive of the tenant's folder becomes an application."""
    body = await parse_body(request, ImagingImportBody)
    require_zip_name(body.import_app)
    return await _accept(request, body.to_request())


async def _accept(request: web.Request, wanted: JobRequest) -> web.Response:
    submission = Submission(caller=request[CALLER], surface=Surface.IMAGING, request=wanted, trace=request[TRACE])
    job = await submit(request.app[RESOURCES], request.app[METRICS], submission)
    location = job_url(request, job)
    return respond_json(
        view_accepted(job),
        headers={"Location": location, "Link": f'<{location}/log>; rel="log"'},
    )
