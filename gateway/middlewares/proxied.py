"""Counts what a proxy passes on as its caller's: the connection, which is the proxy's, counts for nobody."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.server.front import find_caller
from gateway.server.guard import GUARD


@web.middleware
async def proxied_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer while a place of the caller's address is held. Raises: TooManyConnectionsError."""
    caller = find_caller(request)
    if caller is None or caller == request.remote:
        return await handler(request)
    with request.app[GUARD].places.hold(caller):
        return await handler(request)
