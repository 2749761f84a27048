"""The endpoint of the caller's own identity."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from gateway.bodies.responses import respond_json
from gateway.dialects.native.me.answers import view_me
from gateway.keys import API_KEY, CALLER, PRINCIPAL, RESOURCES
from shared.identity import Principal
from shared.ports.identity import IdentityStore
from shared.rights.databases import list_databases


async def get_me(request: web.Request) -> web.Response:
    """GET /me: who the credentials say the caller is."""
    caller, resources = request.get(CALLER), request.app[RESOURCES]
    databases = [] if caller is None else await list_databases(resources, caller.tenant)
    tenants = await _list_tenants(resources.identity, request[PRINCIPAL])
    view = view_me(request[PRINCIPAL], caller, key=request.get(API_KEY), databases=databases, tenants=tenants)
    return respond_json(view)


async def _list_tenants(identity: IdentityStore, principal: Principal) -> Sequence[str]:
    """List the tenants that the caller may act for."""
    if principal.is_super_admin:
        return [tenant.name for tenant in await identity.list_tenants()]
    return [principal.tenant] if principal.tenant else sorted(principal.tenants)
