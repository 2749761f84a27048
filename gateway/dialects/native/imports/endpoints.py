"""The endpoints of imports."""

from __future__ import annotations

from aiohttp import web

from gateway.bodies.parsing import parse_body
from gateway.dialects.native.accepting import accept_job
from gateway.dialects.native.imports.models import ImportBody


async def import_archive(request: web.Request) -> web.Response:
    """POST /imports: a job brings applications of an archive into a database, or says what it would do."""
    body = await parse_body(request, ImportBody)
    return await accept_job(
        request,
        body.to_request(),
        depends_on=body.depends_on,
        queue=body.queue,
        webhook=body.find_webhook(),
    )
