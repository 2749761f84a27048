"""How tenants are shown."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.bodies.times import view_time
from gateway.dialects.native.tenants.answers import ServerDatabasesAnswer, TenantAnswer, TenantsAnswer
from shared.identity import Tenant


def view_tenant(tenant: Tenant) -> TenantAnswer:
    """Return a tenant."""
    return {
        "name": tenant.name,
        "databases": list(tenant.databases),
        "catalogue_database": tenant.catalogue_database,
        "limits": tenant.limits,
        "created": view_time(tenant.created),
    }


def view_tenants(tenants: Sequence[Tenant]) -> TenantsAnswer:
    """Return the listing of tenants."""
    return {"tenants": [view_tenant(each) for each in tenants]}


def view_all_databases(names: Sequence[str]) -> ServerDatabasesAnswer:
    """Return the databases of the settings."""
    return {"databases": [{"name": name} for name in names]}
