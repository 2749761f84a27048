"""The endpoints of exports."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from gateway.bodies.parsing import parse_body
from gateway.dialects.native.accepting import accept_job
from gateway.dialects.native.exports.models import ExportBody


async def export_applications(request: web.Request) -> web.Response:
    """POST /exports: a job writes applications of a database into one archive."""
    body = await parse_body(request, ExportBody)
    return await accept_job(
        request,
        body.to_request(datetime.now(UTC)),
        depends_on=body.depends_on,
        queue=body.queue,
        webhook=body.find_webhook(),
    )
