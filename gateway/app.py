"""The gateway as an application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from functools import cache, partial

import structlog
from aiohttp import hdrs, web

from gateway import routes
from gateway.access.authentication import Logins
from gateway.access.failed_logins import FailedLogins
from gateway.access.outside_tokens import open_outside_tokens
from gateway.access.request_rates import RequestRates
from gateway.access.secret_following import make_secret_following
from gateway.access.signing import Signer, propose_secret, read_secret
from gateway.access.store_clock import LOOK_SECONDS, StoreClock
from gateway.admin_center.bundle import BUNDLE, read_bundle
from gateway.archives.digests import DigestCache
from gateway.archives.measuring import make_measuring, make_open_measuring
from gateway.archives.tenant_folders import make_folder_keeping
from gateway.archives.upload_sweep import make_upload_sweep
from gateway.bodies.responses import to_json
from gateway.dialect import Dialect
from gateway.dialects.native.databases.keys import keep_counts
from gateway.dialects.native.schedules.looking import DueRuns
from gateway.dialects.native.schedules.loops import make_schedule_loops
from gateway.job_feed import JobFeed
from gateway.keys import (
    API_DOCUMENT,
    DIALECTS,
    DIGESTS,
    INSPECTIONS,
    JOB_FEED,
    LOGINS,
    METRICS,
    REQUEST_LOG,
    REQUEST_RATES,
    RESOURCES,
    ROUTES,
    SENDER,
    SETTINGS,
    SIGNER,
    STORE_CLOCK,
    TURNS,
    WEBHOOK_JUDGE,
)
from gateway.lasting import BELL, Bell
from gateway.metrics import GatewayMetrics
from gateway.middlewares.audit import audit_middleware
from gateway.middlewares.auth import auth_middleware
from gateway.middlewares.conditional import conditional_middleware
from gateway.middlewares.cors import add_cors_headers, cors_middleware
from gateway.middlewares.errors import answer_unread, error_middleware
from gateway.middlewares.headers import add_headers
from gateway.middlewares.observation import observation_middleware, serve_metrics
from gateway.middlewares.proxied import proxied_middleware
from gateway.middlewares.request_id import request_id_middleware
from gateway.middlewares.tracing import tracing_middleware
from gateway.openapi.document import describe_api, place
from gateway.server.front import FRONT, make_front
from gateway.server.guard import GUARD, Guard
from gateway.server.places import Places
from gateway.server.unmatched import answer_expectation, refuse_unmatched
from gateway.tenant_turns import Turns
from gateway.webhooks.addresses import Judge
from gateway.webhooks.sending import make_sending, open_sender
from shared.archive.manifest import TOOL_VERSION
from shared.concurrency.loops import Loop, background, every, growing
from shared.reaper import make_reaper
from shared.resources import Resources
from shared.rights.naming import make_naming
from shared.settings.process import Settings


def create_app(
    settings: Settings,
    opening: AbstractAsyncContextManager[Resources],
    dialects: Sequence[Dialect] = routes.DIALECTS,
) -> web.Application:
    """Make the application; it opens its resources when it starts, and closes them when it stops."""
    app = web.Application(
        middlewares=[
            request_id_middleware,
            tracing_middleware,
            observation_middleware,
            cors_middleware,
            audit_middleware,
            error_middleware,
            proxied_middleware,
            auth_middleware,
            conditional_middleware,
        ],
        client_max_size=settings.max_json_bytes,
    )
    app[SETTINGS] = settings
    app[METRICS] = GatewayMetrics()
    # Bound once: finding and binding a logger costs as much as all the rest of a line.
    app[REQUEST_LOG] = structlog.get_logger("gateway").bind()
    app[BUNDLE] = read_bundle()
    app[DIGESTS] = DigestCache()
    app[FRONT] = make_front(settings)
    app[GUARD] = Guard(
        places=Places(
            limit=settings.max_connections,
            limit_of_one=settings.max_connections_per_address,
            is_proxy=app[FRONT].trusts,
        ),
        answer=partial(answer_unread, app),
        reader_seconds=settings.reader_seconds,
    )
    app[TURNS] = Turns()
    app[INSPECTIONS] = Turns()
    _add_routes(app, dialects)
    app[BELL] = Bell()
    app[JOB_FEED] = JobFeed(app[METRICS].count_loop_error)
    app[REQUEST_RATES] = RequestRates(settings.requests_per_minute)
    app.on_response_prepare.append(add_cors_headers)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(_end_streams)
    app.cleanup_ctx.append(_hold(opening))
    app.cleanup_ctx.append(_read_secret)
    app.cleanup_ctx.append(_open_logins)
    app.cleanup_ctx.append(keep_counts)
    app.cleanup_ctx.append(_open_sender)
    app.cleanup_ctx.append(serve_metrics)
    app.cleanup_ctx.append(_keep_loops)
    return app


def _add_routes(app: web.Application, dialects: Sequence[Dialect]) -> None:
    settings = app[SETTINGS]
    table = routes.list_routes(settings, dialects)
    # Made at the first request for it: drawing the schemas takes longer than starting all the rest.
    draw = cache(lambda: describe_api(table, dialects, settings, TOOL_VERSION))
    app[DIALECTS], app[API_DOCUMENT] = dialects, lambda base: to_json(place(draw(), base))
    app[ROUTES] = {route.name: route for route in table}
    for route in table:
        methods = ("GET", "HEAD") if route.method == "GET" else (route.method,)
        for method in methods:
            app.router.add_route(method, route.path, route.endpoint, name=route.name, expect_handler=answer_expectation)
    app.router.add_route(hdrs.METH_ANY, "/{path:.*}", refuse_unmatched, expect_handler=answer_expectation)


async def _read_secret(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    keys = app[RESOURCES].signing
    if keys is None:
        secret = await asyncio.to_thread(read_secret, settings.signing_file)
    else:
        secret = await keys.settle(await asyncio.to_thread(propose_secret, settings.signing_file))
    app[STORE_CLOCK] = StoreClock(app[RESOURCES].jobs.read_clock)
    app[SIGNER] = Signer(secret, issuer=settings.installation, clock=app[STORE_CLOCK])
    yield


async def _open_logins(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    failed = FailedLogins(settings.failed_logins_per_minute)
    await app[STORE_CLOCK].look_first()
    async with open_outside_tokens(settings, app[STORE_CLOCK]) as outside:
        app[LOGINS] = Logins(app[RESOURCES].identity, app[SIGNER], outside, failed)
        yield


async def _open_sender(app: web.Application) -> AsyncIterator[None]:
    app[WEBHOOK_JUDGE] = Judge(app[SETTINGS])
    base, clock = app[FRONT].base, app[STORE_CLOCK]
    async with open_sender(app[RESOURCES], app[WEBHOOK_JUDGE], base=base, clock=clock) as app[SENDER]:
        yield


async def _end_streams(app: web.Application) -> None:
    app[JOB_FEED].end()


async def _keep_loops(app: web.Application) -> AsyncIterator[None]:
    resources = app[RESOURCES]
    due = DueRuns(resources, app[METRICS])
    loops: tuple[Loop, ...] = (
        make_reaper(resources.jobs, seconds=app[SETTINGS].reap_seconds),
        make_upload_sweep(resources.uploads),
        make_naming(resources),
        make_folder_keeping(resources),
        make_sending(app[SENDER]),
        *make_schedule_loops(resources, due),
        Loop(name="clock", work=app[STORE_CLOCK].look, pauses=every(LOOK_SECONDS)),
        Loop(
            name="identity",
            work=partial(resources.identity.watch, app[BELL].ring),
            pauses=growing(),
            at_once=True,
            event="changes of identity could not be watched",
        ),
    )
    if resources.signing is not None:
        loops = (*loops, make_secret_following(app[SIGNER], resources.signing))
    if app[SETTINGS].bucket is not None:
        loops = (*loops, make_open_measuring(resources.archives, app[METRICS].archives.show_open))
    if app[SETTINGS].metrics_by_tenant:
        loops = (*loops, make_measuring(resources, app[METRICS].archives.show))
    async with aclosing(due), background(*loops, count=app[METRICS].count_loop_error):
        yield


def _hold(
    opening: AbstractAsyncContextManager[Resources],
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def hold(app: web.Application) -> AsyncIterator[None]:
        async with opening as resources:
            app[RESOURCES] = resources
            app[METRICS].watch(resources.tracer)
            yield

    return hold
