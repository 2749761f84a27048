"""The identity store in Valkey survives the loss of Valkey's content."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from redis.asyncio import Redis

from shared.adapters.valkey_identity import ValkeyIdentity, open_valkey_identity
from shared.errors import StoreUnavailableError
from shared.identity import Tenant
from tests.support.keys import make_key

pytestmark = pytest.mark.engines

ACME = Tenant(name="acme", databases=("source",))


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def empty(url: str) -> None:
    async with Redis.from_url(url) as client:
        await client.flushall()


async def test_an_emptied_store_is_filled_again_while_open(valkey_url: str, tmp_path: Path) -> None:
    mirror = tmp_path / "identity.json"
    key = make_key()
    async with open_valkey_identity(valkey_url, installation="test", mirror=mirror) as store:
        await store.put_tenant(ACME)
        await store.create_key(key)
        await empty(valkey_url)
        assert await store.find_key(key.sha256) is not None
        await empty(valkey_url)
        assert await store.get_tenant("acme") == ACME


async def test_an_emptied_store_is_filled_again_at_the_start(valkey_url: str, tmp_path: Path) -> None:
    mirror = tmp_path / "identity.json"
    async with open_valkey_identity(valkey_url, installation="test", mirror=mirror) as store:
        await store.put_tenant(ACME)
    await empty(valkey_url)
    async with open_valkey_identity(valkey_url, installation="test", mirror=mirror) as store:
        assert await store.list_tenants() == [ACME]


async def test_a_write_into_an_emptied_store_loses_nothing(valkey_url: str, tmp_path: Path) -> None:
    mirror = tmp_path / "identity.json"
    old, new = make_key(), make_key()
    async with open_valkey_identity(valkey_url, installation="test", mirror=mirror) as store:
        await store.put_tenant(ACME)
        await store.create_key(old)
        await empty(valkey_url)
        await store.create_key(new)
        await empty(valkey_url)
        assert await store.find_key(old.sha256) is not None
        assert await store.find_key(new.sha256) is not None


async def test_the_mirror_holds_hashes_for_its_owner_alone(valkey_url: str, tmp_path: Path) -> None:
    mirror = tmp_path / "identity.json"
    key = make_key()
    async with open_valkey_identity(valkey_url, installation="test", mirror=mirror) as store:
        await store.put_tenant(ACME)
        await store.create_key(key)
    assert stat.S_IMODE(mirror.stat().st_mode) == 0o600
    assert key.sha256 in mirror.read_text()
    assert names_in(tmp_path) == ["identity.json", "identity.lock"]


async def test_changes_at_once_are_all_mirrored(valkey_url: str, tmp_path: Path) -> None:
    mirror = tmp_path / "identity.json"
    keys = [make_key() for _ in range(20)]
    async with (
        open_valkey_identity(valkey_url, installation="test", mirror=mirror) as one,
        open_valkey_identity(valkey_url, installation="test", mirror=mirror) as two,
    ):
        await one.put_tenant(ACME)
        await asyncio.gather(*((one, two)[number % 2].create_key(key) for number, key in enumerate(keys)))
    text = mirror.read_text()
    assert all(key.sha256 in text for key in keys)


async def test_authentication_is_one_round_trip(valkey_url: str, tmp_path: Path) -> None:
    key = make_key("")
    async with Redis.from_url(valkey_url, decode_responses=True) as client:
        store = ValkeyIdentity(client, installation="test", mirror=tmp_path / "identity.json")
        await store.prepare()
        await store.create_key(key)
        await store.find_key(key.sha256)
        before = await client.info("commandstats")
        assert await store.find_key(key.sha256) is not None
        after = await client.info("commandstats")
    assert after["cmdstat_evalsha"]["calls"] - before["cmdstat_evalsha"]["calls"] == 1
    assert {name for name in after if after[name]["calls"] != before.get(name, {"calls": 0})["calls"]} <= {
        "cmdstat_evalsha", "cmdstat_info", "cmdstat_exists", "cmdstat_hget", "cmdstat_time"
    }  # fmt: skip


async def test_a_broken_mirror_is_never_overwritten(valkey_url: str, tmp_path: Path) -> None:
    mirror = tmp_path / "identity.json"
    mirror.write_text('{"keys": {')
    with pytest.raises(StoreUnavailableError, match=r"identity\.json"):
        async with open_valkey_identity(valkey_url, installation="test", mirror=mirror):
            pass
    assert mirror.read_text() == '{"keys": {'


async def test_a_store_out_of_reach_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="does not answer"):
        async with open_valkey_identity(
            "redis://127.0.0.1:1/0", installation="test", mirror=tmp_path / "identity.json"
        ):
            pass
