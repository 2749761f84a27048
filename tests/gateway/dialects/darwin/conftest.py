"""Callers of the darwin surface, with a worker beside the gateway."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import zipfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from aiohttp import ClientResponse

from shared.resources import Resources
from tests.gateway.conftest import Client, World
from tests.support.memory.graph.data import MemoryDatabase

BASE = "/darwin/api/2.0/exportimport"


@dataclass(frozen=True, slots=True, kw_only=True)
class Darwin:
    """Requests as scripts of catalogue administrators send them."""

    client: Client
    world: World

    async def post(
        self, action: str, body: object, *, caller: str = "architect", query: str = "", **headers: str
    ) -> ClientResponse:
        """Send a body: text as it is, all else as JSON."""
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        all_headers = {**self.world.as_(caller), **headers}
        return await self.client.post(f"{BASE}/{action}{query}", data=data, headers=all_headers)

    async def export(self, *objects: Mapping[str, Any], strip: object = False, **more: Any) -> ClientResponse:
        body = {"stripSecuredProperties": strip, "exportRequestParameter": list(objects)}
        return await self.post("export", body, **more)

    async def import_(
        self, package: bytes | str, action: str, suffix: str | None = None, **more: Any
    ) -> ClientResponse:
        text = package if isinstance(package, str) else base64.b64encode(package).decode()
        body = {"exportPackage": text, "conflictResolutionAction": action, "importAsNewSuffix": suffix}
        return await self.post("import", body, **more)

    def content(self, database: str = "target") -> MemoryDatabase:
        return self.world.databases[database]


def version(name: str, text: str = "1.0.0", kind: str = "APPLICATION") -> dict[str, Any]:
    """Name a version as a request does."""
    numbers, _, qualifier = text.partition("-")
    major, minor, micro = map(int, numbers.split("."))
    return {
        "name": name,
        "major": major,
        "minor": minor,
        "micro": micro,
        "qualifier": qualifier,
        "type": f"{kind}_VERSION",
    }


async def read(response: ClientResponse, status: int = 200) -> dict[str, Any]:
    """Give the body of an answer that must have this status."""
    body: dict[str, Any] = await response.json()
    assert response.status == status, body
    return body


async def package_of(response: ClientResponse) -> bytes:
    """Give the archive of a closed export."""
    body = await read(response)
    assert list(body) == ["errors", "messageList", "result"]
    assert (body["errors"], body["messageList"]) == (False, [])
    return base64.b64decode(body["result"], validate=True)


def names_in(package: bytes) -> Sequence[str]:
    """Give the versions of a package in their order."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        applications = orjson.loads(archive.read("manifest.json"))["applications"]
    return [f"{each['name']}:{each['version'] or '1.0.0'}" for each in applications]


@asynccontextmanager
async def working(world: World, resources: Resources | None = None) -> AsyncIterator[None]:
    """Let a worker answer events, that has these resources or else the world's."""

    async def work() -> None:
        while True:
            await world.work(resources)
            await asyncio.sleep(0.005)

    worker = asyncio.create_task(work())
    try:
        yield
    finally:
        worker.cancel()
        await asyncio.wait([worker])


@pytest.fixture
def idle(client: Client, world: World) -> Darwin:
    """Callers while no worker is there."""
    return Darwin(client=client, world=world)


@pytest.fixture
async def darwin(idle: Darwin) -> AsyncIterator[Darwin]:
    async with working(idle.world):
        yield idle


@pytest.fixture
def world(world: World) -> World:
    """A shop that uses a service, which uses a task; another application uses the service too."""
    for database in world.databases.values():
        database.reference_keys = {"Loose": ("code",)}
    source = world.databases["source"]
    nodes = {}
    for name, kind, text in (
        ("Shop", None, None),
        ("Payment", "SERVICE", "2.1.0"),
        ("Clean", "SCRIPT_TASK", "1.0.0-rc1"),
        ("Other", "APPLICATION", "1.0.0"),
    ):
        entry = {"Name": name, "Kind": kind, "Version": text}
        source.add_node(["Application"], {key: value for key, value in entry.items() if value is not None})
        nodes[name] = source.add_node([name, "Loose"], {"code": name, "password": "secret of " + name})
    for start, end in (("Shop", "Payment"), ("Payment", "Clean"), ("Other", "Payment")):
        source.add_relationship(nodes[start], nodes[end], "USES")
    return world
