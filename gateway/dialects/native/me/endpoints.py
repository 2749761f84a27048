"""The endpoint that tells who the caller is."""

from __future__ import annotations

from aiohttp import web

from gateway.databases import list_databases
from gateway.dialects.native.me.views import view_me
from gateway.keys import CALLER, PRINCIPAL, RESOURCES
from gateway.responses import respond_json


async def get_me(request: web.Request) -> web.Response:
    """GET /me: who the credentials say the caller is."""
    caller = request.get(CALLER)
    databases = [] if caller is None else await list_databases(request.app[RESOURCES], caller.tenant)
    return respond_json(view_me(request[PRINCIPAL], caller, databases))
