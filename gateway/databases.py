"""The databases that a tenant may name."""

from __future__ import annotations

from collections.abc import Sequence

from shared.errors import UnknownDatabaseError
from shared.resources import Resources


async def list_databases(resources: Resources, tenant: str) -> Sequence[str]:
    """List the databases mapped to the tenant, in its order of preference; names that settings lack are left out."""
    found = await resources.identity.get_tenant(tenant)
    return [] if found is None else [name for name in found.databases if name in resources.sources]


async def require_database(resources: Resources, tenant: str, name: str) -> str:
    """Return the name where it is one of the tenant's. Raises: UnknownDatabaseError."""
    known = await list_databases(resources, tenant)
    if name not in known:
        raise UnknownDatabaseError(name, known)
    return name
