"""What a store needs, and who may work with it."""

from __future__ import annotations

import pytest

from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.schema import NEEDED, SCHEMA, require_schema
from shared.errors import StoreTooNewError

KEY = "ours:schema"


async def test_a_store_is_told_once_what_it_needs(valkey_url: str) -> None:
    async with open_valkey(valkey_url) as client:
        await require_schema(client, "ours")
        assert await client.get(KEY) == str(NEEDED)
        await client.set(KEY, "0")
        await require_schema(client, "ours")
        assert await client.get(KEY) == "0"


@pytest.mark.parametrize("needed", [str(SCHEMA + 1), "two", ""])
async def test_a_store_for_a_later_version_is_refused(valkey_url: str, needed: str) -> None:
    async with open_valkey(valkey_url) as client:
        await client.set(KEY, needed)
        with pytest.raises(StoreTooNewError) as caught:
            await require_schema(client, "ours")
        assert KEY in caught.value.message
        assert f"schema {needed} at least" in caught.value.message
        assert f"knows {SCHEMA}" in caught.value.message
        assert await client.get(KEY) == needed
        await require_schema(client, "theirs")


async def test_a_store_that_takes_no_writes_is_told_later(valkey_url: str) -> None:
    async with open_valkey(valkey_url) as client:
        await client.config_set("maxmemory", "1")
        try:
            await require_schema(client, "ours")
        finally:
            await client.config_set("maxmemory", "0")
        assert await client.get(KEY) is None
