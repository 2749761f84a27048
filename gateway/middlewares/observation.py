"""Counts every request, and logs every answer."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST

from gateway.keys import METRICS, REQUEST_ID, REQUEST_LOG, RESOURCES, SETTINGS, TRACE
from gateway.metrics import GatewayMetrics
from gateway.middlewares.headers import name_server
from gateway.middlewares.matched_route import find_method, find_route
from gateway.server.guard import GUARD, Guard
from gateway.server.places import Places
from gateway.server.serving import make_runner
from shared.errors import UnavailableError
from shared.resources import Resources

_MOST_CONNECTIONS: Final = 100
"""To the port of the metrics."""


@web.middleware
async def observation_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Measure a request from its head to the end of its answer."""
    began = time.monotonic()
    response = await handler(request)
    seconds = time.monotonic() - began
    route = find_route(request)
    request.app[METRICS].count_request(
        route="none" if route is None else route.name,
        method=find_method(request) or "other",
        status=response.status,
        seconds=seconds,
    )
    is_told = route is None or not route.is_polled or response.status >= 400
    (request.app[REQUEST_LOG].info if is_told else request.app[REQUEST_LOG].debug)(
        "request answered",
        method=request.method,
        path=_path_to_log(request),
        status=response.status,
        milliseconds=round(seconds * 1000, 1),
        request_id=request[REQUEST_ID],
        trace_id=request[TRACE].trace_id,
    )
    return response


def _path_to_log(request: web.Request) -> str:
    """Return the path; a token in it opens a file to whoever reads the log, so its place is shown instead."""
    token = request.match_info.get("token")
    return request.path if token is None else request.path.replace(token, "{token}")


async def serve_metrics(app: web.Application) -> AsyncIterator[None]:
    """Serve the metrics on a port of their own for the life of the application, where settings name one."""
    settings = app[SETTINGS]
    if settings.metrics_port == 0:
        yield
        return
    metrics_app = create_metrics_app(app[METRICS], app[RESOURCES])
    metrics_app[GUARD] = Guard(
        places=Places(limit=_MOST_CONNECTIONS, limit_of_one=_MOST_CONNECTIONS),
        answer=app[GUARD].answer,
        reader_seconds=settings.reader_seconds,
    )
    runner = make_runner(metrics_app)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.metrics_port).start()
        yield
    finally:
        await runner.cleanup()


def create_metrics_app(metrics: GatewayMetrics, resources: Resources) -> web.Application:
    """Make the application with the single route /metrics."""

    async def get_metrics(request: web.Request) -> web.Response:
        del request
        try:
            await metrics.look(resources)
        except UnavailableError as error:
            structlog.get_logger(__name__).warning("metrics have no jobs", error=error.message)
        return web.Response(body=metrics.render(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.on_response_prepare.append(name_server)
    app.router.add_get("/metrics", get_metrics, name="metrics")
    return app
