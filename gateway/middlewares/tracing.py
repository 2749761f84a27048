"""Gives each request its place in a distributed trace, and traces it where tracing is on."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.keys import CALLER, ERROR_CODE, REQUEST_ID, RESOURCES, TRACE
from gateway.middlewares.matched_route import find_method, find_route
from gateway.server.front import find_base
from shared.ports.tracing import Span, SpanKind, Unrecorded
from shared.trace_context import TraceContext, begin_trace, read_headers

PARENT = "traceparent"
STATE = "tracestate"

_NO_ANSWER = "NO_ANSWER"


@web.middleware
async def tracing_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Go on with the caller's trace, or begin one; whatever the request leads to belongs to it."""
    parent = read_headers(request.headers.getall(PARENT, ()), request.headers.getall(STATE, ()))
    span = _start(request, parent)
    request[TRACE] = span.context
    error = _NO_ANSWER
    try:
        response = await handler(request)
        error = request.get(ERROR_CODE, str(response.status)) if response.status >= 500 else ""
        if span.is_recorded:
            span.tell({"http.response.status_code": response.status, **_tell_of(request)})
        return response
    finally:
        span.end(error=error)


def _start(request: web.Request, parent: TraceContext | None) -> Span:
    """Begin the request's span. What is asked again and again begins no trace of its own."""
    tracer, route = request.app[RESOURCES].tracer, find_route(request)
    if not tracer.is_on or (parent is None and (route is None or route.is_polled)):
        return Unrecorded(parent or begin_trace())
    method = find_method(request) or "_OTHER"
    base = urlsplit(find_base(request))
    attributes = {"http.request.method": method, "url.scheme": base.scheme, "server.address": base.hostname or ""}
    if route is not None:
        attributes["http.route"] = route.path
    told = "HTTP" if method == "_OTHER" else method
    name = told if route is None else f"{told} {route.path}"
    return tracer.start(name, parent or begin_trace(), kind=SpanKind.SERVER, attributes=attributes)


def _tell_of(request: web.Request) -> dict[str, str]:
    """Say who asked, as far as that is known, and under which id logs name the request."""
    caller = request.get(CALLER)
    return {
        "graphferry.request_id": request[REQUEST_ID],
        **({} if caller is None else {"graphferry.tenant": caller.tenant}),
    }
