"""Tests of letting keys in."""

from __future__ import annotations

from dataclasses import replace

from infra.access import grant_access
from infra.keyring import ROLES, Keyring
from shared.identity import Role, TenantLimits, hash_key, new_key
from tests.support.memory_identity import MemoryIdentity


async def test_every_key_is_known_with_its_roles_and_databases_are_mapped() -> None:
    identity = MemoryIdentity()
    keyring = Keyring(tenants={"acme": {user: new_key() for user in ROLES}})
    await grant_access(identity, keyring, databases=["source", "target"])
    first = await identity.get_tenant("acme")
    assert first is not None
    await identity.put_tenant(replace(first, limits=TenantLimits(waiting_jobs=3)))
    await grant_access(identity, keyring, databases=["target"])

    tenant = await identity.get_tenant("acme")
    assert tenant is not None
    assert (tenant.databases, tenant.limits) == (("target",), TenantLimits(waiting_jobs=3))
    for user, key in keyring.tenants["acme"].items():
        found = await identity.find_key(hash_key(key))
        assert found is not None
        assert (found.key.tenant, found.key.user, found.key.last_four) == ("acme", user, key[-4:])
        assert found.user.roles == ROLES[user]
    boss = await identity.find_key(hash_key(keyring.super_admin))
    assert boss is not None
    assert (boss.user.tenant, boss.user.roles) == ("", frozenset({Role.SUPER_ADMIN}))
