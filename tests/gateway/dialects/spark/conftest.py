"""Callers of the spark surface, with a worker beside the gateway."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientResponse, FormData

from shared.jobs.record import Job
from tests.gateway.conftest import Client, World

BASE = "/acme/api/v4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """Requests as clients of the platform send them."""

    client: Client
    world: World

    async def send(self, method: str, path: str, body: object = None, *, caller: str = "admin") -> ClientResponse:
        return await self.client.request(method, f"{BASE}/{path}", json=body, headers=self.world.as_(caller))

    async def export(self, *, caller: str = "admin", **body: Any) -> ClientResponse:
        """Ask for an export; what is no field of the body is an input."""
        inputs = {key: body.pop(key) for key in ("folders", "services", "version_ids") if key in body}
        return await self.send("POST", "export", {"inputs": inputs, **body}, caller=caller)

    async def export_whole(self, **body: Any) -> dict[str, Any]:
        """Export, let the worker do it, return the status body."""
        started = await read(await self.export(**body))
        await self.work()
        return await self.status("export", started["id"])

    async def import_(self, entity: object, archive: bytes, *, caller: str = "admin") -> ClientResponse:
        form = FormData(quote_fields=False)
        form.add_field("importRequestEntity", entity if isinstance(entity, str) else to_text(entity))
        form.add_field("file", archive, filename="package.zip", content_type="application/zip")
        return await self.client.post(f"{BASE}/import", data=form, headers=self.world.as_(caller))

    async def import_whole(self, entity: object, archive: bytes) -> dict[str, Any]:
        started = await read(await self.import_(entity, archive))
        await self.work()
        return await self.status("import", started["id"])

    async def status(self, kind: str, job_id: str, *, caller: str = "admin") -> dict[str, Any]:
        return await read(await self.send("GET", f"{kind}/{job_id}/status", caller=caller))

    async def download(self, status: Mapping[str, Any]) -> bytes:
        """Fetch the file that a status body links, as anybody could."""
        url = status["outputs"]["files"][0]["file"]
        response = await self.client.get(url.removeprefix("https://ferry.example/base"))
        assert response.status == 200
        return await response.read()

    async def work(self) -> None:
        """Answer all events."""
        await self.world.work()

    def only_job(self) -> Job:
        (job,) = self.world.jobs.jobs.values()
        return job


def to_text(content: object) -> str:
    return json.dumps(content)


async def read(response: ClientResponse, status: int = 200) -> dict[str, Any]:
    """Give the body of an answer that must have this status."""
    body: dict[str, Any] = await response.json()
    assert response.status == status, body
    return body


async def refusal(response: ClientResponse, status: int, code: str) -> dict[str, Any]:
    """Give the body of an error."""
    body = await read(response, status)
    assert response.content_type == "application/json"
    assert {"type", "code", "message", "details"} <= set(body)
    assert body["code"] == code, body
    return body


@pytest.fixture
def spark(client: Client, world: World) -> Spark:
    return Spark(client=client, world=world)


@pytest.fixture
def world(world: World) -> World:
    """Besides MyApp, a service in three versions, a bare label, and an archive folder that is not empty."""
    source = world.databases["source"]
    for version in ("3.2.0", "3.2.1", "3.20.0"):
        label = f"Shop@{version}"
        source.add_node(["Application"], {"Name": "Shop", "Label": label, "Version": version})
        first = source.add_node([label, "Item"], {"number": 1, "version": version})
        source.add_relationship(first, source.add_node([label, "Item"], {"number": 2}), "NEXT")
    source.add_node(["Bare", "Item"], {"number": 3})
    return world
