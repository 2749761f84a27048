"""Tenants and API keys in a dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from shared.errors import NotFoundError
from shared.identity import ApiKey, Tenant


class MemoryIdentity:
    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}
        self._tenants: dict[str, Tenant] = {}

    async def find_key(self, sha256: str) -> ApiKey | None:
        key = self._keys.get(sha256)
        if key is not None:
            key = self._keys[sha256] = replace(key, last_used=datetime.now(UTC))
        return key

    async def create_key(self, key: ApiKey) -> None:
        if key.tenant and key.tenant not in self._tenants:
            raise NotFoundError(f"Tenant {key.tenant!r} is unknown; create it first.")
        self._keys[key.sha256] = key

    async def get_tenant(self, name: str) -> Tenant | None:
        return self._tenants.get(name)

    async def put_tenant(self, tenant: Tenant) -> None:
        self._tenants[tenant.name] = tenant

    async def list_tenants(self) -> Sequence[Tenant]:
        return [self._tenants[name] for name in sorted(self._tenants)]
