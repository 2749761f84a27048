"""A mirror of identity in a bucket protects from an emptied store, and is in nobody's way."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import structlog
from redis import Redis

from infra.engines.ports import LOOPBACK, choose_port
from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.conditions import Conditional
from shared.adapters.s3.keys import MIRROR
from shared.adapters.s3.mirrors import MirrorObject
from shared.adapters.valkey.identity.store import open_valkey_identity
from shared.errors import StoreUnavailableError, UnavailableError
from shared.identity import Tenant
from shared.ports.mirrors import Renew
from tests.support.keys import admit, make_key
from tests.support.least_rights import as_owner
from tests.support.memory.leases import MemoryLeases
from tests.support.object_stores import StoppingBucket, make_scene, open_test_bucket

pytestmark = pytest.mark.engines


def empty(url: str) -> None:
    with Redis.from_url(as_owner(url)) as owner:
        owner.flushdb()


async def test_an_emptied_store_is_filled_again(valkey_url: str, moto: Bucket, tmp_path: Path) -> None:
    scene = make_scene(moto, tmp_path)
    mirror, keys = MirrorObject(scene.bucket, scene.leases, Conditional(scene.bucket)), [make_key() for _ in range(8)]
    async with (
        open_valkey_identity(valkey_url, installation="test", mirror=mirror) as one,
        open_valkey_identity(valkey_url, installation="test", mirror=mirror) as two,
    ):
        await one.create_tenant(Tenant(name=keys[0].tenant, databases=()))
        await admit(one, keys[0])
        await asyncio.gather(*(admit((one, two)[number % 2], key) for number, key in enumerate(keys[1:])))
        empty(valkey_url)
        assert await two.find_key(keys[0].sha256) is not None
    empty(valkey_url)
    async with open_valkey_identity(valkey_url, installation="test", mirror=mirror) as store:
        assert all([await store.find_key(each.sha256) is not None for each in keys])
    assert await scene.list_keys() == ["identity.json"]


async def test_a_mirror_that_makes_no_sense_is_never_overwritten(valkey_url: str, moto: Bucket, tmp_path: Path) -> None:
    scene = make_scene(moto, tmp_path)
    await scene.bucket.put("identity.json", b'{"keys": {')
    with pytest.raises(StoreUnavailableError, match=r"s3://ferry/test-.*identity\.json cannot be read"):
        async with open_valkey_identity(
            valkey_url, installation="test", mirror=MirrorObject(scene.bucket, scene.leases, Conditional(scene.bucket))
        ):
            pass
    assert await scene.bucket.get("identity.json") == b'{"keys": {'


async def test_who_was_stopped_past_the_end_of_its_lease_overwrites_nothing(moto: Bucket, tmp_path: Path) -> None:
    scene = make_scene(moto, tmp_path)
    stopping = StoppingBucket(scene.bucket, MIRROR)
    late = MirrorObject(stopping, scene.leases, Conditional(scene.bucket))
    mirror = MirrorObject(scene.bucket, scene.leases, Conditional(scene.bucket))
    for kept in (b"first", b"second"):  # where there was none, and where there was one
        stopping.reach()
        replacing = asyncio.create_task(late.replace(give(b"late")))
        await stopping.stopped.wait()
        scene.leases.expire()
        await mirror.replace(give(kept))
        stopping.go_on.set()
        await replacing
        assert await mirror.read() == kept


def give(content: bytes) -> Renew:
    async def renew(kept: bytes | None) -> bytes | None:
        del kept
        return content

    return renew


async def test_a_bucket_out_of_reach_ends_no_change_and_fills_no_empty_store(valkey_url: str, tmp_path: Path) -> None:
    address = f"s3://ferry?endpoint=http://{LOOPBACK}:{choose_port()}&region=eu-west-1&path_style=yes"
    async with open_test_bucket(address) as bucket:
        mirror = MirrorObject(bucket, MemoryLeases(), Conditional(bucket))
        with pytest.raises(UnavailableError, match="does not answer"):
            async with open_valkey_identity(valkey_url, installation="test", mirror=mirror):
                pass
        async with open_valkey_identity(valkey_url, installation="test", mirror=tmp_path / "identity.json"):
            pass  # a store that is filled
        with structlog.testing.capture_logs() as told:
            async with open_valkey_identity(valkey_url, installation="test", mirror=mirror) as store:
                await store.create_tenant(Tenant(name="acme", databases=()))
                assert [each.name for each in await store.list_tenants()] == ["acme"]
    assert {each["place"] for each in told} == {"s3://ferry/identity.json"}
