"""The port of tenants and keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shared.identity import ApiKey, Tenant


class IdentityStore(Protocol):
    """Tenants and keys."""

    async def find_key(self, sha256: str) -> ApiKey | None:
        """Find a key by the SHA-256 of its text, in one round trip."""
        ...

    async def create_key(self, key: ApiKey) -> None:
        """Store a key. Raises: NotFoundError for an unknown tenant."""
        ...

    async def get_tenant(self, name: str) -> Tenant | None:
        """Find a tenant."""
        ...

    async def put_tenant(self, tenant: Tenant) -> None:
        """Create or replace a tenant."""
        ...

    async def list_tenants(self) -> Sequence[Tenant]:
        """List all tenants by name."""
        ...
