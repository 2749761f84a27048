"""Lets the keys of a keyring in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from infra.keyring import ROLES, Keyring
from shared.identity import ApiKey, Role, Tenant, hash_key
from shared.ports.identity import IdentityStore


async def grant_access(identity: IdentityStore, keyring: Keyring, *, databases: Sequence[str]) -> None:
    """Make every tenant of the keyring with all databases mapped to it, and every key that is not known yet."""
    await _admit(identity, keyring.super_admin, tenant="", user="super_admin", roles=frozenset({Role.SUPER_ADMIN}))
    for tenant, keys in keyring.tenants.items():
        await identity.put_tenant(Tenant(name=tenant, databases=tuple(databases)))
        for user, key in keys.items():
            await _admit(identity, key, tenant=tenant, user=user, roles=ROLES[user])


async def _admit(identity: IdentityStore, key: str, *, tenant: str, user: str, roles: frozenset[Role]) -> None:
    sha256 = hash_key(key)
    if await identity.find_key(sha256) is None:
        await identity.create_key(
            ApiKey(
                sha256=sha256, tenant=tenant, user=user, roles=roles, last_four=key[-4:], created=datetime.now(tz=UTC)
            )
        )
