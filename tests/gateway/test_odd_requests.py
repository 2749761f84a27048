"""Whatever bytes a request holds, its answer is never a fault of ours."""

from __future__ import annotations

import asyncio
import json
import os
import random
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

import pytest

from gateway.bodies import arriving, draining, parsing
from gateway.routes import list_routes
from infra.engines.ports import choose_port
from shared.adapters.folders.archives import ArchiveDirectory
from shared.errors import GraphferryError
from shared.identity import Tenant
from shared.resources import Resources, open_identity, open_job_store
from shared.settings.process import Settings
from tests.gateway.conftest import CALLERS, Client, StartGateway, World
from tests.gateway.test_routes import path_of
from tests.support.archives.hostile import Hostile, list_forged, list_written
from tests.support.archives.small import make_archive
from tests.support.keys import admit, make_key
from tests.support.odd_requests import OddRequest, list_odd_requests
from tests.support.stacks.gateways import Gateway

ZIP = make_archive("MyApp")
LATER = {b"503": b"QUEUE_FULL", b"504": b"JOB_UNFINISHED"}
"""What may be answered beside refusals of the request itself, for nobody works here."""
MOST_BYTES = 200 * 1024**2
IMPATIENT = """
import sys
from gateway.__main__ import main
from gateway.bodies import arriving, draining, parsing

parsing.BODY_SECONDS = arriving.IDLE_SECONDS = draining.IDLE_SECONDS = 0.05
sys.exit(main())
"""


@pytest.fixture
def settings(settings: Settings, valkey_url: str) -> Settings:
    return settings.model_copy(
        update={
            "valkey_url": valkey_url,
            "darwin_wait_seconds": 1,
            "failed_logins_per_minute": 1_000_000,
            "requests_per_minute": 10_000_000,
        }
    )


@pytest.fixture
async def resources(world: World) -> AsyncIterator[Resources]:
    """The real store, for it is the one that must write what a request says."""
    async with AsyncExitStack() as stack:
        identity = await stack.enter_async_context(open_identity(world.settings))
        jobs = await stack.enter_async_context(open_job_store(world.settings))
        for tenant in ("acme", "globex"):
            await identity.create_tenant(Tenant(name=tenant, databases=("source", "target")))
        for user, (tenant, roles) in CALLERS.items():
            await admit(identity, make_key(tenant, text=world.keys[user], user=user), roles)
        folder = world.settings.archives_dir / "acme"
        folder.mkdir(parents=True)
        (folder / "a.zip").write_bytes(ZIP)
        yield replace(
            world.resources(), identity=identity, jobs=jobs, archives=ArchiveDirectory(world.settings.archives_dir)
        )


@pytest.fixture
async def client(resources: Resources, start_gateway: StartGateway) -> Client:
    return await start_gateway(resources)


async def test_no_bytes_of_a_request_are_a_fault_of_ours(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    for module, name in ((parsing, "BODY_SECONDS"), (arriving, "IDLE_SECONDS"), (draining, "IDLE_SECONDS")):
        monkeypatch.setattr(module, name, 0.05)
    assert await list_faults(request.config, client.port, world) == []


async def list_faults(config: pytest.Config, port: int | None, world: World) -> list[object]:
    """Send some odd requests for each route; give those whose answer is a fault, with it."""
    chance = random.Random(config.getoption("fault_seed"))
    number, faults = config.getoption("fuzzed_requests"), list[object]()
    for route in list_routes(Settings()):
        odd = list(list_odd_requests(route, path_of(route), chance))
        for each in chance.sample(odd, min(number, len(odd))):
            status, answer = await send(port, world, each)
            if status >= b"500" and LATER.get(status, b"any answer") not in answer:
                faults.append((each, answer))
    return faults


@pytest.fixture
async def gateway(resources: Resources, world: World) -> AsyncIterator[Gateway]:
    """A process of its own, over what the resources are over."""
    settings: dict[str, object] = {
        "failed_logins_per_minute": 1_000_000,
        "requests_per_minute": 10_000_000,
        "darwin_wait_seconds": 1,
    }
    settings |= {"valkey_url": world.settings.valkey_url, "data_dir": world.settings.data_dir, "port": choose_port()}
    environ = {f"GRAPHFERRY_{name.upper()}": str(value) for name, value in settings.items()}
    started = await asyncio.to_thread(Gateway, {**os.environ, **environ}, world.keys["admin"], ("-c", IMPATIENT))
    yield started
    started.kill()


async def test_a_gateway_stays_small(gateway: Gateway, world: World, request: pytest.FixtureRequest) -> None:
    chance = random.Random(request.config.getoption("fault_seed"))
    assert await list_faults(request.config, gateway.port, world) == []
    archives = await asyncio.to_thread(lambda: [*list_written(), *list_forged()])
    for hostile in chance.sample(archives, min(request.config.getoption("fuzzed_archives") // 20, len(archives))):
        assert await asyncio.to_thread(upload, gateway, hostile) < 500, hostile.what
    print(f"{(peak := gateway.peak()) / 1024**2:.0f} MB")
    assert peak < MOST_BYTES


def upload(gateway: Gateway, hostile: Hostile) -> int:
    """Send an archive, and have it inspected if it was taken; give the status of the last answer."""
    with suppress(GraphferryError, ValueError, TypeError):  # Nobody can write it.
        content = hostile.make()
        status, _, _ = gateway.ask("PUT", "/api/v1/archives/hostile.zip?replace=true", body=content)
        return status if status >= 300 else gateway.ask("GET", "/api/v1/archives/hostile.zip/inspect")[0]
    return 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Idempotency-Key": b"\xff"}, b"400"),
        ({"x-tenant-name": b"\xff"}, b"404"),
        ({"x-tenant-name": b"\xed\xa0\x80"}, b"404"),
        ({"X-API-KEY": b"\xff"}, b"401"),
        ({"X-API-KEY": b"", "Authorization": b"Bearer \xff.\xff.\xff"}, b"401"),
        ({"X-API-KEY": b"", "Authorization": b"Bearer " + b64encode(b"[" * 5000) + b".e30.e30"}, b"401"),
    ],
)
async def test_headers_that_are_no_text_are_refused(
    client: Client, world: World, headers: dict[str, bytes], status: bytes
) -> None:
    body = b'{"database":"source","applications":[{"name":"MyApp"}]}'
    request = OddRequest(method="POST", path=b"/api/v1/exports", headers=headers, body=body)
    assert (await send(client.port, world, request))[0] == status


@pytest.mark.parametrize("path", [b"/api/v1/me", b"/nothing"])
async def test_an_expectation_that_is_no_text_is_passed_over(client: Client, world: World, path: bytes) -> None:
    status, _ = await send(client.port, world, OddRequest(method="GET", path=path, headers={"Expect": b"\xff"}))
    assert status == (b"404" if path == b"/nothing" else b"200")


@pytest.mark.parametrize("expires", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
async def test_a_key_that_ends_beyond_the_calendar_is_refused_and_not_kept(
    client: Client, world: World, resources: Resources, expires: str
) -> None:
    before = await resources.identity.list_keys("acme")
    body = json.dumps({"name": "odd", "expires": expires}).encode()
    status, answer = await send(client.port, world, OddRequest(method="POST", path=b"/api/v1/keys", body=body))
    assert (status, b"years 1 to 9999" in answer) == (b"400", True)
    assert await resources.identity.list_keys("acme") == before


async def send(port: int | None, world: World, request: OddRequest) -> tuple[bytes, bytes]:
    """Send a request as it is; give the status and the head, and of what ends soon the body."""
    usual = {"Host": b"x", "x-tenant-name": b"acme", "X-API-KEY": world.keys["root"].encode(), "Connection": b"close"}
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request.to_bytes(usual))
        async with asyncio.timeout(20):
            head = await reader.readuntil(b"\r\n\r\n")
            body = b"" if b"text/event-stream" in head else await reader.read()
    finally:
        writer.transport.abort()
    return head.split(b" ", 2)[1], head + body
