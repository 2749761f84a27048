"""Gateways that share no folder sign with one secret."""

from __future__ import annotations

import asyncio
import secrets

import pytest
from redis import Redis

from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.keeping import Keepers
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.signing import ValkeySigningKeys
from shared.errors import StoreUnavailableError
from tests.support.least_rights import as_owner

pytestmark = pytest.mark.engines


async def settle(url: str, own: bytes) -> bytes:
    async with open_valkey(url) as client:
        keys = ValkeySigningKeys(client, namespace=Namespace("test"), keepers=Keepers())
        return await keys.settle(own)


async def test_the_first_secret_is_that_of_all(valkey_url: str) -> None:
    proposed = [secrets.token_bytes(32) for _ in range(8)]
    (settled,) = set(await asyncio.gather(*(settle(valkey_url, each) for each in proposed)))
    assert settled in proposed
    assert await settle(valkey_url, proposed[0]) == settled


@pytest.mark.parametrize("text", ["", "nonsense", "ab" * 31])
async def test_what_is_no_secret_is_named_and_not_shown(valkey_url: str, text: str) -> None:
    with Redis.from_url(as_owner(valkey_url)) as owner:
        owner.set("{test}:signing_key", text)
    with pytest.raises(StoreUnavailableError, match=r"\{test\}:signing_key of the job store.*remove it") as refused:
        await settle(valkey_url, secrets.token_bytes(32))
    assert text not in str(refused.value) or not text
