"""The id that ties a request, its answer and its log lines together."""

from __future__ import annotations

import re

import uuid_utils
from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.keys import REQUEST_ID

HEADER = "X-Request-Id"
_FORM = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def choose_request_id(sent: str | None) -> str:
    """Keep the caller's id where it is safe in headers and logs, else make one."""
    return sent if sent is not None and _FORM.fullmatch(sent) else str(uuid_utils.uuid7())


@web.middleware
async def request_id_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request its id; the answer gets it together with the headers of every answer."""
    request[REQUEST_ID] = choose_request_id(request.headers.get(HEADER))
    return await handler(request)
