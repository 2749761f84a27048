"""The endpoints of tenants."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote

from aiohttp import web

from gateway.archives.tenant_folders import add_folder, drop_folder
from gateway.bodies.conditions import etag_of, require_match
from gateway.bodies.parsing import parse_body
from gateway.bodies.responses import absolute_url, respond_json
from gateway.dialects.native.base import API
from gateway.dialects.native.entitled import while_entitled
from gateway.dialects.native.tenants.answers import view_all_databases, view_tenant, view_tenants
from gateway.dialects.native.tenants.models import NewTenantBody, TenantChangeBody
from gateway.keys import PRINCIPAL, RESOURCES, SETTINGS
from gateway.submission.unfinished import list_unfinished
from shared.errors import ConflictError, InvalidRequestError, UnknownTenantError
from shared.identity import Tenant


async def list_tenants(request: web.Request) -> web.Response:
    """GET /tenants."""
    return respond_json(view_tenants(await request.app[RESOURCES].identity.list_tenants()))


async def create_tenant(request: web.Request) -> web.Response:
    """POST /tenants."""
    tenant = (await parse_body(request, NewTenantBody)).to_tenant(datetime.now(UTC))
    _require_databases(request, tenant)
    await while_entitled(request, lambda identity: identity.create_tenant(tenant))
    await request.app[RESOURCES].webhooks.remove_all(tenant.name)  # of an earlier one, whose removal was interrupted
    await add_folder(request.app[RESOURCES].archives, tenant.name)
    location = absolute_url(request, f"{API}/tenants/{quote(tenant.name, safe='')}")
    return respond_json(view_tenant(tenant), status=201, headers={"Location": location, **etag_of(tenant)})


async def get_tenant(request: web.Request) -> web.Response:
    """GET /tenants/{name}: an administrator sees the own one."""
    name, principal = request.match_info["name"], request[PRINCIPAL]
    if not (principal.is_super_admin or name == principal.tenant or name in principal.tenants):
        raise UnknownTenantError(name)
    tenant = await _require_tenant(request)
    return respond_json(view_tenant(tenant), headers=etag_of(tenant))


async def change_tenant(request: web.Request) -> web.Response:
    """PATCH /tenants/{name}."""
    body = await parse_body(request, TenantChangeBody)

    def change(known: Tenant) -> Tenant:
        require_match(request, known)
        changed = body.apply_to(known)
        _require_databases(request, changed)
        return changed

    name = request.match_info["name"]
    tenant = await while_entitled(request, lambda identity: identity.change_tenant(name, change))
    return respond_json(view_tenant(tenant), headers=etag_of(tenant))


async def remove_tenant(request: web.Request) -> web.Response:
    """DELETE /tenants/{name}: all that is its own goes along but for archives and applications."""
    resources, tenant = request.app[RESOURCES], await _require_tenant(request)
    if unfinished := await list_unfinished(resources.jobs, tenant.name):
        raise ConflictError(
            f"Tenant {tenant.name!r} has {len(unfinished)} unfinished jobs, the first is {unfinished[0].id}; "
            "cancel them or wait for their end."
        )
    check = partial(require_match, request)
    await while_entitled(request, lambda identity: identity.remove_tenant(tenant.name, check))
    await resources.schedules.remove_all(tenant.name)
    await resources.webhooks.remove_all(tenant.name)
    await drop_folder(resources.archives, tenant.name)
    return web.Response(status=204)


async def list_server_databases(request: web.Request) -> web.Response:
    """GET /server/databases: all that a tenant may be given."""
    return respond_json(view_all_databases(list(request.app[SETTINGS].databases)))


async def _require_tenant(request: web.Request) -> Tenant:
    name = request.match_info["name"]
    tenant = await request.app[RESOURCES].identity.get_tenant(name)
    if tenant is None:
        raise UnknownTenantError(name)
    return tenant


def _require_databases(request: web.Request, tenant: Tenant) -> None:
    """Refuse databases that the settings lack, and a catalogue that is none of the tenant's."""
    known = request.app[SETTINGS].databases
    if unknown := [name for name in tenant.databases if name not in known]:
        listed = ", ".join(map(repr, known)) or "none"
        raise InvalidRequestError(f"Unknown databases {', '.join(map(repr, unknown))}; known databases: {listed}.")
    if tenant.catalogue_database not in (None, *tenant.databases):
        raise InvalidRequestError(
            f"catalogue_database {tenant.catalogue_database!r} is none of the tenant's databases; name it there too."
        )
