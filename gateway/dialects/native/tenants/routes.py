"""The routes of tenants."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialects.native.base import API
from gateway.dialects.native.tenants import endpoints
from gateway.rights import ADMINISTRATORS, SUPER_ADMINISTRATORS
from gateway.route import Access, Endpoint, Route
from shared.identity import Role


def list_tenant_routes() -> Sequence[Route]:
    """List the routes."""
    tenants, tenant = f"{API}/tenants", f"{API}/tenants/{{name:[^/]+}}"
    return [
        _route("GET", tenants, "tenants.list", endpoints.list_tenants),
        _route("POST", tenants, "tenants.create", endpoints.create_tenant),
        _route("GET", tenant, "tenants.get", endpoints.get_tenant, ADMINISTRATORS),
        _route("PATCH", tenant, "tenants.change", endpoints.change_tenant),
        _route("DELETE", tenant, "tenants.remove", endpoints.remove_tenant),
        _route("GET", f"{API}/server/databases", "server.databases", endpoints.list_server_databases),
    ]


def _route(
    method: str, path: str, name: str, endpoint: Endpoint, roles: frozenset[Role] = SUPER_ADMINISTRATORS
) -> Route:
    return Route(method=method, path=path, name=name, endpoint=endpoint, access=Access.USER, roles=roles)
