"""The databases that a tenant may name."""

from __future__ import annotations

from collections.abc import Sequence

from shared.errors import UnknownDatabaseError
from shared.resources import Resources
from shared.spelling import choose_spelling


async def list_databases(resources: Resources, tenant: str) -> Sequence[str]:
    """List the databases mapped to the tenant, in its order of preference; names that settings lack are left out."""
    found = await resources.identity.get_tenant(tenant)
    return [] if found is None else [name for name in found.databases if name in resources.sources]


async def require_database(resources: Resources, tenant: str, name: str) -> str:
    """Return the name as settings spell it where it is one of the tenant's. Raises: UnknownDatabaseError."""
    known = await list_databases(resources, tenant)
    if (spelled := choose_spelling(name, known)) is None:
        raise UnknownDatabaseError(name, known)
    return spelled


async def spell_database(resources: Resources, tenant: str, name: str) -> str:
    """Return the name as settings spell it; as it is where the tenant has no such database."""
    return name if name.isascii() else choose_spelling(name, await list_databases(resources, tenant)) or name


async def find_catalogue_database(resources: Resources, tenant: str, named: str | None) -> str:
    """Return the database that is named, else the tenant's for this, else its first. Raises: UnknownDatabaseError."""
    found = await resources.identity.get_tenant(tenant)
    named = named or (None if found is None else found.catalogue_database)
    if named is None:
        named = next(iter(await list_databases(resources, tenant)), "")
    return await require_database(resources, tenant, named)
