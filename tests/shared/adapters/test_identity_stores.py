"""Both identity stores keep the promises of their port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.adapters.valkey_identity import open_valkey_identity
from shared.errors import NotFoundError
from shared.identity import ApiKey, Tenant, hash_key
from shared.ports.identity import IdentityStore
from tests.support.keys import make_key
from tests.support.memory_identity import MemoryIdentity


@pytest.fixture(params=["memory", pytest.param("valkey", marks=pytest.mark.engines)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[IdentityStore]:
    if request.param == "memory":
        yield MemoryIdentity()
    else:
        url = request.getfixturevalue("valkey_url")
        async with open_valkey_identity(url, installation="test", mirror=tmp_path / "identity.json") as identity:
            yield identity


async def test_a_key_comes_back_as_it_was_stored(store: IdentityStore) -> None:
    await store.put_tenant(Tenant(name="acme", databases=("source",)))
    key = make_key()
    await store.create_key(key)
    found = await store.find_key(key.sha256)
    assert found is not None
    assert found.last_used is not None
    assert abs(found.last_used - datetime.now(UTC)) < timedelta(minutes=1)
    assert {name: getattr(found, name) for name in ApiKey.__slots__ if name != "last_used"} == {
        name: getattr(key, name) for name in ApiKey.__slots__ if name != "last_used"
    }


async def test_an_unknown_key_is_none(store: IdentityStore) -> None:
    assert await store.find_key(hash_key("nothing")) is None


async def test_a_key_needs_its_tenant(store: IdentityStore) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        await store.create_key(make_key("nobody"))


async def test_a_key_of_the_installation_needs_none(store: IdentityStore) -> None:
    key = make_key("")
    await store.create_key(key)
    found = await store.find_key(key.sha256)
    assert found is not None
    assert found.tenant == ""


async def test_tenants_are_replaced_and_listed_by_name(store: IdentityStore) -> None:
    await store.put_tenant(Tenant(name="globex", databases=()))
    await store.put_tenant(Tenant(name="acme", databases=("one",)))
    await store.put_tenant(Tenant(name="acme", databases=("two", "one")))
    assert await store.get_tenant("acme") == Tenant(name="acme", databases=("two", "one"))
    assert await store.get_tenant("ACME") is None
    assert [tenant.name for tenant in await store.list_tenants()] == ["acme", "globex"]
