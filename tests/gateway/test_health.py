"""Readiness names each engine, liveness asks none."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from gateway import health
from shared.errors import DatabaseUnavailableError, TransferError
from shared.ports.archives import FolderFacts
from tests.gateway.conftest import Client, StartGateway, World
from tests.support.memory.graph.data import MemoryDatabase
from tests.support.memory.graph.source import MemorySource


class AwaySource(MemorySource):
    @override
    async def engine_version(self) -> str:
        raise DatabaseUnavailableError("Database 'target' does not answer.")


class OddSource(MemorySource):
    @override
    async def engine_version(self) -> str:
        raise TransferError("Database 'odd' failed.")


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
    needed = {"valkey": "ok", "archives": "ok"}
    checks = {**needed, "database source": "ok", "database target": "ok", "database private": "ok"}
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


async def test_databases_out_of_reach_are_named_and_decide_nothing(
    start_gateway: StartGateway, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.05)
    sources = {
        "source": MemorySource(MemoryDatabase()),
        "target": AwaySource(MemoryDatabase()),
        "private": SilentSource(MemoryDatabase()),
        "odd": OddSource(MemoryDatabase()),
    }
    client = await start_gateway(replace(world.resources(), sources=sources))
    response = await client.get("/readyz")
    body = await response.json()
    assert (response.status, body["status"]) == (200, "degraded")
    assert body["checks"]["database source"] == "ok"
    assert body["checks"]["database target"] == "unavailable: Database 'target' does not answer."
    assert body["checks"]["database private"].startswith("unavailable: no answer within")
    assert body["checks"]["database odd"] == "unavailable: Database 'odd' failed."


async def test_a_store_that_takes_no_writes_makes_it_unready(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_: object) -> str:
        return "READONLY You can't write against a read only replica."

    monkeypatch.setattr(type(world.jobs), "find_write_refusal", refuse)
    response = await client.get("/readyz")
    body = await response.json()
    assert (response.status, body["status"]) == (503, "unavailable")
    assert body["checks"]["valkey"].startswith("unavailable: takes no writes: READONLY")
    assert (await client.get("/livez")).status == 200


async def test_a_folder_that_takes_no_archives_makes_it_unready(client: Client, world: World) -> None:
    full = FolderFacts(path=Path("/full"), fault="no archive can be written to /full", is_elsewhere=False)
    world.archives.folders = [full]
    response = await client.get("/readyz")
    body = await response.json()
    assert (response.status, body["checks"]["archives"]) == (503, "unavailable: no archive can be written to /full")
