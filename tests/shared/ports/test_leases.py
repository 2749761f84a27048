"""Both keepers of leases keep the promises of their port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis import Redis

from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.leases import ValkeyLeases
from shared.adapters.valkey.namespaces import Namespace
from shared.errors import UnavailableError
from shared.ports.leases import Leases
from tests.support.least_rights import as_owner
from tests.support.memory.leases import MemoryLeases


@pytest.fixture(params=["memory", pytest.param("valkey", marks=pytest.mark.engines)])
async def leases(request: pytest.FixtureRequest) -> AsyncIterator[Leases]:
    if request.param == "memory":
        yield MemoryLeases()
        return
    async with open_valkey(request.getfixturevalue("valkey_url")) as client:
        yield ValkeyLeases(client, namespace=Namespace("test"))


async def test_a_name_has_one_holder_at_once(leases: Leases) -> None:
    inside, most, order = 0, 0, []

    async def work(number: int) -> None:
        nonlocal inside, most
        async with leases.hold("one", seconds=30) as lease:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.01)
            lease.require()
            inside -= 1
            order.append(number)

    await asyncio.gather(*map(work, range(5)))
    assert (most, sorted(order)) == (1, list(range(5)))
    assert not await leases.is_held("one")


async def test_who_waits_is_told_of_and_gives_up(leases: Leases) -> None:
    async with leases.hold("one", seconds=0) as lease, leases.hold("other", seconds=0):
        assert await leases.is_held("one")
        assert not await lease.is_wanted()
        with pytest.raises(TimeoutError):
            async with leases.hold("one", seconds=0):
                pass
        assert await lease.is_wanted()
        lease.require()
    async with leases.hold("one", seconds=0) as lease:
        assert not await lease.is_wanted()


async def test_several_share_a_name_that_nobody_has_alone_meanwhile(leases: Leases) -> None:
    async with leases.hold("one", seconds=0, shared=True) as first, leases.hold("one", seconds=0, shared=True):
        assert await leases.is_held("one")
        with pytest.raises(TimeoutError):
            async with leases.hold("one", seconds=0):
                pass
        assert await first.is_wanted()
        first.require()
    assert not await leases.is_held("one")
    async with leases.hold("one", seconds=0):
        with pytest.raises(TimeoutError):
            async with leases.hold("one", seconds=0, shared=True):
                pass


def flush(url: str) -> None:
    with Redis.from_url(as_owner(url)) as owner:
        owner.flushdb()


@pytest.mark.engines
async def test_what_has_run_out_is_lost_though_it_is_free_again(valkey_url: str) -> None:
    async with open_valkey(valkey_url) as client:
        leases = ValkeyLeases(client, namespace=Namespace("test"))
        async with leases.hold("one", seconds=0) as lease:
            flush(valkey_url)  # as time does
            assert not await lease.is_wanted()
            async with leases.hold("one", seconds=0):
                assert not await lease.is_wanted()
            async with leases.hold("one", seconds=0) as later:
                pass
            for lost in (lease, later):
                with pytest.raises(UnavailableError, match="could not be renewed"):
                    lost.require()
