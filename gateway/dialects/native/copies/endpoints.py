"""The endpoints of copies."""

from __future__ import annotations

from aiohttp import web

from gateway.bodies.parsing import parse_body
from gateway.dialects.native.accepting import accept_job
from gateway.dialects.native.copies.models import CopyBody


async def copy_applications(request: web.Request) -> web.Response:
    """POST /copies: a job brings applications of one database into another, or says what it would do."""
    body = await parse_body(request, CopyBody)
    return await accept_job(
        request,
        body.to_request(),
        depends_on=body.depends_on,
        queue=body.queue,
        webhook=body.find_webhook(),
    )
