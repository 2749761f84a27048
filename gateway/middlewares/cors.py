"""Pages of other origins that may call the API, where settings name some.

A library for it exists; it wants each route registered with it, and answers in a form of its own. This is all it takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from gateway.keys import SETTINGS

ANY: Final = "*"
_MAX_AGE_SECONDS: Final = "600"

_PREFLIGHT: Final = MappingProxyType(
    {
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: (
            "Authorization, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, If-None-Match, If-Range, "
            "If-Unmodified-Since, Last-Event-ID, Prefer, Range, Tus-Resumable, Upload-Checksum, Upload-Defer-Length, "
            "Upload-Length, Upload-Metadata, Upload-Offset, X-API-KEY, x-synthetic-key, x-tenant-name, "
            "X-HTTP-Method-Override, X-Request-Id, traceparent, tracestate"
        ),
        hdrs.ACCESS_CONTROL_MAX_AGE: _MAX_AGE_SECONDS,
    }
)
_EXPOSED: Final = (
    "Accept-Ranges, Content-Disposition, Content-Range, ETag, Link, Location, Preference-Applied, Repr-Digest, "
    "Retry-After, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Upload-Archive, "
    "Upload-Defer-Length, Upload-Expires, Upload-Length, Upload-Metadata, Upload-Offset, X-Request-Id"
)


@web.middleware
async def cors_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what a browser asks before it sends a page's request to us."""
    asks = request.method == hdrs.METH_OPTIONS and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
    if asks and _allow(request):
        return web.Response(status=204, headers=_PREFLIGHT)
    return await handler(request)


async def add_cors_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Let a page of an allowed origin read the answer. Credentials are keys in headers, never cookies."""
    allowed = _allow(request)
    response.headers.update(allowed)
    if allowed:
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _EXPOSED
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"


def _allow(request: web.Request) -> Mapping[str, str]:
    """Return what lets the origin in; nothing for one that is not named, and for none."""
    origin, named = request.headers.get(hdrs.ORIGIN), request.app[SETTINGS].cors_origins
    if origin is None or not (origin in named or ANY in named):
        return {}
    return {hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin, hdrs.VARY: hdrs.ORIGIN}
