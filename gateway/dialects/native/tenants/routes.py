"""The routes of tenants."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.access.roles import ADMINISTRATORS, SUPER_ADMINISTRATORS
from gateway.bodies.conditions import ETAG, IF_MATCH, describe_shown
from gateway.dialects.native.base import API
from gateway.dialects.native.tenants import endpoints
from gateway.dialects.native.tenants.answers import ServerDatabasesAnswer, TenantAnswer, TenantsAnswer
from gateway.dialects.native.tenants.models import NewTenantBody, TenantChangeBody
from gateway.doc import LOCATION, NO_CONTENT, Answer, Body, Doc, refusals
from gateway.route import Access, Endpoint, Route
from shared.identity import Role


def list_tenant_routes() -> Sequence[Route]:
    """List the routes."""
    tenants, tenant = f"{API}/tenants", f"{API}/tenants/{{name:[^/]+}}"
    created = Doc(
        summary="Make a tenant.",
        body=Body(model=NewTenantBody, example={"name": "acme", "databases": ["source", "target"]}),
        answers={201: Answer(text="It is made.", model=TenantAnswer, headers={**LOCATION, **ETAG})},
        refusals=refusals(409),
    )
    changed = Doc(
        summary="Change a tenant; what is not named stays.",
        body=Body(model=TenantChangeBody, example={"databases": ["source"]}),
        headers=IF_MATCH,
        answers={200: Answer(model=TenantAnswer, headers=ETAG)},
    )
    listed = Doc(summary="List all tenants.", answers={200: Answer(model=TenantsAnswer)})
    shown = describe_shown("Show a tenant.", TenantAnswer)
    removed = Doc(
        summary="Remove a tenant without unfinished jobs.",
        headers=IF_MATCH,
        answers={204: NO_CONTENT},
        refusals=refusals(409),
    )
    databases = Doc(summary="List all databases of the settings.", answers={200: Answer(model=ServerDatabasesAnswer)})
    return [
        _route("GET", tenants, "tenants.list", endpoints.list_tenants, listed),
        _route("POST", tenants, "tenants.create", endpoints.create_tenant, created),
        _route("GET", tenant, "tenants.get", endpoints.get_tenant, shown, ADMINISTRATORS),
        _route("PATCH", tenant, "tenants.change", endpoints.change_tenant, changed),
        _route("DELETE", tenant, "tenants.remove", endpoints.remove_tenant, removed),
        _route("GET", f"{API}/server/databases", "server.databases", endpoints.list_server_databases, databases),
    ]


def _route(
    method: str, path: str, name: str, endpoint: Endpoint, doc: Doc, roles: frozenset[Role] = SUPER_ADMINISTRATORS
) -> Route:
    return Route(method=method, path=path, name=name, endpoint=endpoint, doc=doc, access=Access.USER, roles=roles)
