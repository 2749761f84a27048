"""Requests of one tenant take turns."""

from __future__ import annotations

import asyncio

from gateway.tenant_turns import Turns


async def test_one_tenant_passes_one_by_one_and_many_at_once() -> None:
    turns, inside, most = Turns(), {"acme": 0, "globex": 0}, {"acme": 0, "globex": 0, "both": 0}

    async def pass_by(tenant: str) -> None:
        async with turns.take(tenant):
            inside[tenant] += 1
            most[tenant] = max(most[tenant], inside[tenant])
            most["both"] = max(most["both"], sum(inside.values()))
            await asyncio.sleep(0.001)
            inside[tenant] -= 1

    await asyncio.gather(*(pass_by(tenant) for _ in range(10) for tenant in ("acme", "globex")))
    assert most == {"acme": 1, "globex": 1, "both": 2}


async def test_a_request_that_fails_gives_its_turn_away() -> None:
    turns = Turns()

    async def fail() -> None:
        async with turns.take("acme"):
            raise ValueError

    assert [type(each) for each in await asyncio.gather(fail(), fail(), return_exceptions=True)] == [ValueError] * 2
    async with asyncio.timeout(1.0), turns.take("acme"):
        pass
