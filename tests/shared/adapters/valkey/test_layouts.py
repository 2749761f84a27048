"""What a store's keys begin with, and which versions may work with it."""

from __future__ import annotations

import asyncio

import pytest
from redis import Redis

from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.layouts import find_namespace, settle_namespace
from shared.adapters.valkey.schema import NEEDED, SCHEMA, UNFINISHED
from shared.errors import StoreTooNewError, StoreUnavailableError
from tests.support.least_rights import as_owner, make_user

TAGGED, BARE = "{ours}:schema", "ours:schema"


@pytest.fixture
def valkey_url(valkey_url: str) -> str:
    """The address with the rights of before, which show keys of earlier versions."""
    return make_user(valkey_url, "ours", "theirs", of_before=True)


async def settle(url: str, installation: str = "ours") -> str:
    async with open_valkey(url) as client:
        return (await settle_namespace(client, installation, url)).text


async def find(url: str) -> str:
    async with open_valkey(url) as client:
        return (await find_namespace(client, "ours", url)).text


async def test_a_new_store_is_tagged_whoever_comes_first(valkey_url: str) -> None:
    assert set(await asyncio.gather(*(settle(valkey_url) for _ in range(8)))) == {"{ours}"}
    with Redis.from_url(as_owner(valkey_url), decode_responses=True) as client:
        assert (client.get(TAGGED), client.get(BARE)) == (str(NEEDED), str(NEEDED))


async def test_whoever_only_looks_changes_nothing(valkey_url: str) -> None:
    assert await find(valkey_url) == "{ours}"
    with Redis.from_url(as_owner(valkey_url)) as client:
        assert client.dbsize() == 0


@pytest.mark.parametrize("key", ["ours:identity:filled", "ours:slots", "ours:workers", "ours:schema"])
async def test_a_store_of_earlier_versions_stays_as_it_is(valkey_url: str, key: str) -> None:
    with Redis.from_url(as_owner(valkey_url), decode_responses=True) as client:
        client.set(key, "1")
        assert (await find(valkey_url), await settle(valkey_url)) == ("ours", "ours")
        assert set(client.keys()) == {key, BARE}
        assert client.get(BARE) == "1"


async def test_a_store_that_lost_its_tagged_keys_is_still_a_tagged_one(valkey_url: str) -> None:
    await settle(valkey_url)
    with Redis.from_url(as_owner(valkey_url)) as client:
        client.delete(TAGGED)
    assert await find(valkey_url) == "{ours}"


@pytest.mark.parametrize("key", [TAGGED, BARE])
@pytest.mark.parametrize("needed", [str(SCHEMA + 1), "two", ""])
async def test_a_store_for_a_later_version_is_refused(valkey_url: str, key: str, needed: str) -> None:
    with Redis.from_url(as_owner(valkey_url), decode_responses=True) as client:
        client.set(key, needed)
        with pytest.raises(StoreTooNewError) as caught:
            await settle(valkey_url)
        assert repr(key) in caught.value.message
        assert f"schema {needed} at least" in caught.value.message
        assert f"knows {SCHEMA}" in caught.value.message
        assert client.get(key) == needed
    assert await settle(valkey_url, "theirs") == "{theirs}"


async def test_nobody_begins_while_keys_are_being_moved(valkey_url: str) -> None:
    with Redis.from_url(as_owner(valkey_url)) as client:
        client.set(TAGGED, UNFINISHED)
    with pytest.raises(StoreUnavailableError, match="are being moved by `graphferry move-keys`"):
        await settle(valkey_url)


async def test_a_store_that_takes_no_writes_is_marked_later(valkey_url: str) -> None:
    with Redis.from_url(as_owner(valkey_url)) as client:
        client.config_set("maxmemory", "1")
        try:
            assert await settle(valkey_url) == "{ours}"
        finally:
            client.config_set("maxmemory", "0")
        assert client.dbsize() == 0
    assert await settle(valkey_url) == "{ours}"


class TestLeastRights:
    """Rights on tagged keys alone do not show bare ones."""

    async def test_an_empty_store_is_tagged(self, valkey_url: str) -> None:
        assert await settle(make_user(valkey_url, "ours")) == "{ours}"
        assert await settle(make_user(valkey_url, "ours")) == "{ours}"

    async def test_processes_that_begin_at_once_do_not_take_each_other_for_others(self, valkey_url: str) -> None:
        url = make_user(valkey_url, "ours")
        for _ in range(20):
            assert set(await asyncio.gather(*(settle(url) for _ in range(8)))) == {"{ours}"}
            with Redis.from_url(as_owner(valkey_url)) as client:
                client.flushall()

    async def test_where_there_may_be_bare_keys_nothing_begins_beside_them(self, valkey_url: str) -> None:
        url = make_user(valkey_url, "ours")
        with Redis.from_url(as_owner(valkey_url)) as client:
            client.set("ours:identity:filled", "1")
            with pytest.raises(StoreUnavailableError, match=r"set \{ours\}:schema to 2 once"):
                await settle(url)
            assert client.get(TAGGED) is None
            client.set(TAGGED, NEEDED)
        assert await settle(url) == "{ours}"
