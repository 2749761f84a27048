"""Lets the keys of a keyring in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from infra.keyring import ROLES, Keyring
from shared.identity import Role, Tenant, User, hash_key, make_key
from shared.ports.identity import IdentityStore


async def grant_access(identity: IdentityStore, keyring: Keyring, *, databases: Sequence[str]) -> None:
    """Make every tenant of the keyring with all databases mapped to it, and every user and key not known yet."""
    now = datetime.now(UTC)
    boss = User(tenant="", name="super_admin", roles=frozenset({Role.SUPER_ADMIN}), created=now)
    await _admit(identity, keyring.super_admin, boss)
    for name, keys in keyring.tenants.items():
        tenant = await identity.get_tenant(name) or Tenant(name=name, databases=(), created=now)
        await identity.put_tenant(replace(tenant, databases=tuple(databases)))
        for user, key in keys.items():
            await _admit(identity, key, User(tenant=name, name=user, roles=ROLES[user], created=now))


async def _admit(identity: IdentityStore, key: str, user: User) -> None:
    """Leave users and keys that are there as they are: somebody may have changed them."""
    if await identity.find_key(hash_key(key)) is not None:
        return
    if await identity.get_user(user.tenant, user.name) is None:
        await identity.create_user(user)
    await identity.create_key(make_key(key, user=user, now=datetime.now(UTC)))
