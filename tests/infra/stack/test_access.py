"""Tests of letting keys in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from infra.stack.access import grant_access
from infra.stack.keyring import ROLES, Keyring
from shared.api_keys import hash_key, new_key
from shared.identity import Role, TenantLimits
from tests.support.memory.identity import MemoryIdentity


async def test_every_key_is_known_with_its_roles_and_databases_are_mapped() -> None:
    identity = MemoryIdentity()
    keyring = Keyring(tenants={"acme": {user: new_key() for user in ROLES}})
    await grant_access(identity, keyring, databases=["source", "target"])
    await identity.change_tenant("acme", lambda first: replace(first, limits=TenantLimits(waiting_jobs=3)))
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


async def test_what_was_revoked_or_changed_stays_so_at_the_next_start(tmp_path: Path) -> None:
    identity, file = MemoryIdentity(), tmp_path / "keyring.json"
    keyring = Keyring.open(file, tenants=["acme"])
    await grant_access(identity, keyring, databases=["source"])
    keyring.write(file)
    revoked, used = (hash_key(keyring.tenants["acme"][user]) for user in ("user", "admin"))
    await identity.remove_key(revoked)
    await identity.remove_user("acme", "importer")
    await identity.change_user("acme", "admin", lambda user: replace(user, roles=frozenset()))

    await grant_access(identity, Keyring.open(file, tenants=["acme", "new"]), databases=["source"])
    assert await identity.find_key(revoked) is None
    assert await identity.get_user("acme", "importer") is None
    assert all(key.last_used is None for key in await identity.list_keys("acme"))
    found = await identity.find_key(used)
    assert found is not None
    assert found.user.roles == frozenset()
    assert len(await identity.list_keys("new")) == len(ROLES)


async def test_a_keyring_made_anew_lets_its_keys_in(tmp_path: Path) -> None:
    identity = MemoryIdentity()
    for name in ("first.json", "second.json"):
        keyring = Keyring.open(tmp_path / name, tenants=["acme"])
        await grant_access(identity, keyring, databases=[])
        assert await identity.find_key(hash_key(keyring.tenants["acme"]["user"])) is not None
