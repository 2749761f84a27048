"""The endpoint of the overview."""

from __future__ import annotations

import asyncio

from aiohttp import web

from gateway.bodies.responses import respond_json
from gateway.dialects.native.overview.answers import view_overview
from gateway.keys import CALLER, RESOURCES
from shared.ports.jobs import MINUTES_KEPT


async def get_overview(request: web.Request) -> web.Response:
    """GET /overview: the workers of all tenants, the caller's queue, what became of its jobs minute by minute."""
    jobs, tenant = request.app[RESOURCES].jobs, request[CALLER].tenant
    now = await jobs.read_clock()
    workers, running, waiting, minutes = await asyncio.gather(
        jobs.list_workers(),
        jobs.find_running(tenant),
        jobs.list_waiting(tenant),
        jobs.read_minutes(tenant, since=now - MINUTES_KEPT),
    )
    return respond_json(view_overview(tenant, workers, running, waiting, minutes))
