"""The headers of every answer."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from aiohttp import hdrs, web

from gateway.keys import REQUEST_ID
from gateway.middlewares import request_id
from gateway.middlewares.matched_route import find_route
from gateway.server.guard import GUARD

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""The Content-Security-Policy of pages: everything from here, no script and no style within the page itself."""

SERVER_NAME: Final = "graphferry"
"""Without a version."""

SECURITY_HEADERS = MappingProxyType(
    {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
)


async def name_server(request: web.Request, response: web.StreamResponse) -> None:
    """Take back what the library says of itself."""
    del request
    response.headers["Server"] = SERVER_NAME


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add what the endpoint has not set itself: called just before an answer's head is sent, streamed ones included."""
    route = find_route(request)
    for name, value in {**SECURITY_HEADERS, **(route.headers if route is not None else {})}.items():
        response.headers.setdefault(name, value)
    if request.app[GUARD].ending.is_set():
        response.force_close()
        response.headers[hdrs.CONNECTION] = "close"
    await name_server(request, response)
    response.headers[request_id.HEADER] = request.get(REQUEST_ID) or request_id.choose_request_id(None)
