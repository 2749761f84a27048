"""Readiness names each engine, liveness asks none."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from typing_extensions import override

from gateway import health
from shared.errors import DatabaseUnavailableError, StoreUnavailableError
from shared.identity import Tenant
from tests.gateway.conftest import Client, StartGateway, World
from tests.support.memory.graph.data import MemoryDatabase
from tests.support.memory.graph.source import MemorySource
from tests.support.memory.identity import MemoryIdentity


class AwayIdentity(MemoryIdentity):
    @override
    async def get_tenant(self, name: str) -> Tenant | None:
        raise StoreUnavailableError(f"no answer for {name}")


class AwaySource(MemorySource):
    @override
    async def engine_version(self) -> str:
        raise DatabaseUnavailableError("Database 'target' does not answer.")


class SilentSource(MemorySource):
    @override
    async def engine_version(self) -> str:
        await asyncio.sleep(60)
        return "never"


@pytest.mark.parametrize("path", ["/healthz", "/livez"])
async def test_a_gateway_that_answers_lives(client: Client, path: str) -> None:
    response = await client.get(path)
    assert (response.status, await response.json()) == (200, {"status": "ok"})


async def test_it_is_ready_when_all_engines_answer(client: Client) -> None:
    response = await client.get("/readyz")
    checks = {"valkey": "ok", "database source": "ok", "database target": "ok", "database private": "ok"}
    assert (response.status, await response.json()) == (
        200,
        {"status": "ok", "checks": checks, "workers": 0, "odd_clocks": 0},
    )


async def test_living_workers_are_counted(client: Client, world: World) -> None:
    for name in ("one:1", "two:1", "one:1"):
        await world.jobs.announce(name, started=datetime.now(UTC), now=datetime.now(UTC))
    assert (await (await client.get("/readyz")).json())["workers"] == 2


async def test_odd_clocks_of_workers_are_counted_and_do_no_harm(client: Client, world: World) -> None:
    now = datetime.now(UTC)
    for name, seconds in (("one:1", 0), ("two:1", -7), ("three:1", 3600)):
        await world.jobs.announce(name, started=now, now=now + timedelta(seconds=seconds))
    response = await client.get("/readyz")
    told = await response.json()
    assert (response.status, told["workers"], told["odd_clocks"]) == (200, 3, 2)


async def test_an_engine_out_of_reach_is_named(
    start_gateway: StartGateway, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.05)
    sources = {
        "source": MemorySource(MemoryDatabase()),
        "target": AwaySource(MemoryDatabase()),
        "private": SilentSource(MemoryDatabase()),
    }
    client = await start_gateway(replace(world.resources(), sources=sources, identity=AwayIdentity()))
    response = await client.get("/readyz")
    assert response.status == 503
    body = await response.json()
    assert body["status"] == "unavailable"
    assert body["checks"]["database source"] == "ok"
    assert body["checks"]["database target"] == "unreachable: Database 'target' does not answer."
    assert body["checks"]["database private"].startswith("unreachable: no answer within")
    assert body["checks"]["valkey"].startswith("unreachable: ")
    assert (await client.get("/livez")).status == 200
