"""Stores the keys of a keyring, so that they let their users in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from infra.stack.keyring import ROLES, Keyring
from shared.api_keys import hash_key, make_key
from shared.errors import ConflictError
from shared.identity import Role, Tenant, User
from shared.ports.identity import IdentityStore


async def grant_access(identity: IdentityStore, keyring: Keyring, *, databases: Sequence[str]) -> None:
    """Make every tenant of the keyring with all databases mapped to it, and every user and key that is new."""
    now = datetime.now(UTC)
    boss = User(tenant="", name="super_admin", roles=frozenset({Role.SUPER_ADMIN}), created=now)
    await _admit(identity, keyring, {keyring.super_admin: boss}, is_new=not await identity.list_users(""))
    for name, keys in keyring.tenants.items():
        is_new = await _make_tenant(identity, Tenant(name=name, databases=tuple(databases), created=now))
        users = {key: User(tenant=name, name=user, roles=ROLES[user], created=now) for user, key in keys.items()}
        await _admit(identity, keyring, users, is_new=is_new)


async def _make_tenant(identity: IdentityStore, tenant: Tenant) -> bool:
    """Make the tenant, or map its databases to the one that is there. Returns whether it is new."""
    try:
        await identity.create_tenant(tenant)
    except ConflictError:
        await identity.change_tenant(tenant.name, lambda known: replace(known, databases=tenant.databases))
        return False
    return True


async def _admit(identity: IdentityStore, keyring: Keyring, users: Mapping[str, User], *, is_new: bool) -> None:
    """Let in who was not before: somebody may have changed, removed or revoked the others."""
    for key, user in users.items():
        sha256 = hash_key(key)
        if is_new or sha256 not in keyring.admitted:
            await _create(identity, key, user)
            keyring.admitted.add(sha256)


async def _create(identity: IdentityStore, key: str, user: User) -> None:
    if await identity.get_user(user.tenant, user.name) is None:
        await identity.create_user(user)
    if hash_key(key) not in {each.sha256 for each in await identity.list_keys(user.tenant)}:
        await identity.create_key(make_key(key, user=user, now=datetime.now(UTC)))
