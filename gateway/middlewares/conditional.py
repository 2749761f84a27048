"""The conditions of requests whose endpoint does not judge them itself."""

from __future__ import annotations

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from gateway.bodies.conditions import READING, Version, is_known, require_conditions
from gateway.middlewares.matched_route import find_route


@web.middleware
async def conditional_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Send nothing of what the caller has; refuse changes that are tied to a version where there is none."""
    route = find_route(request)
    if route is None or hdrs.IF_MATCH in route.doc.headers:
        return await handler(request)
    if request.method not in READING:
        require_conditions(request, Version())
        return await handler(request)
    response = await handler(request)
    etag = response.headers.get(hdrs.ETAG)
    if response.status != 200 or etag is None or not is_known(request, Version(etag=etag)):
        return response
    return web.Response(status=304, headers={hdrs.ETAG: etag})
