"""The answers of tenants, and the functions that make them."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import TypedDict

from gateway.bodies.times import Time, view_time
from shared.identity import Tenant, TenantLimits


class TenantAnswer(TypedDict):
    """A tenant."""

    name: str
    databases: list[str]
    catalogue_database: str | None
    limits: TenantLimits
    created: Time | None
    version: str


class TenantsAnswer(TypedDict):
    """A listing of tenants."""

    tenants: list[TenantAnswer]


class ServerDatabaseAnswer(TypedDict):
    """A database of the settings."""

    name: str


class ServerDatabasesAnswer(TypedDict):
    """All databases of the settings."""

    databases: list[ServerDatabaseAnswer]


def view_tenant(tenant: Tenant) -> TenantAnswer:
    """Return a tenant."""
    return {
        "name": tenant.name,
        "databases": list(tenant.databases),
        "catalogue_database": tenant.catalogue_database,
        "limits": tenant.limits,
        "created": view_time(tenant.created),
        "version": tenant.version,
    }


def view_tenants(tenants: Sequence[Tenant]) -> TenantsAnswer:
    """Return the listing of tenants."""
    return {"tenants": [view_tenant(each) for each in tenants]}


def view_all_databases(names: Sequence[str]) -> ServerDatabasesAnswer:
    """Return the databases of the settings."""
    return {"databases": [{"name": name} for name in names]}
