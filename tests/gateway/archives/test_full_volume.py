"""What arrives and finds no room is refused by every surface, and leaves nothing."""

from __future__ import annotations

import base64
import os
from dataclasses import replace

import pytest
from aiohttp import ClientResponse

from shared.adapters.folders.archives import ArchiveDirectory
from tests.gateway.conftest import Client, StartGateway, World
from tests.gateway.dialects.darwin.conftest import Darwin
from tests.gateway.dialects.spark.conftest import Spark
from tests.support.full_volumes import largest_file

ROOM, BODY = 16 * 1024, os.urandom(60_000)


async def put(client: Client, world: World) -> ClientResponse:
    return await client.put("/api/v1/archives/a.zip", data=BODY, headers=world.as_("admin"))


async def send_to_spark(client: Client, world: World) -> ClientResponse:
    return await Spark(client=client, world=world).import_({"inputs": {"services_modify": []}}, BODY)


async def send_to_darwin(client: Client, world: World) -> ClientResponse:
    package = base64.b64encode(BODY).decode()
    return await Darwin(client=client, world=world).import_(package, "SKIP", query="?database=target")


@pytest.mark.parametrize("send", [put, send_to_spark, send_to_darwin])
async def test_a_body_that_does_not_fit(start_gateway: StartGateway, world: World, send: object) -> None:
    assert callable(send)
    client = await start_gateway(replace(world.resources(), archives=ArchiveDirectory(world.settings.archives_dir)))
    with largest_file(ROOM):
        answer = await send(client, world)
    assert answer.status == 507, await answer.text()
    assert "DISK_FULL" in await answer.text()
    assert [files for _, _, files in os.walk(world.settings.archives_dir) if files] == []
    assert world.jobs.jobs == {}


async def test_a_piece_that_does_not_fit_keeps_what_did(start_gateway: StartGateway, world: World) -> None:
    client = await start_gateway(world.resources())
    tus = {**world.as_("admin"), "Tus-Resumable": "1.0.0"}
    begin = {"Upload-Length": str(len(BODY)), "Upload-Metadata": "filename YS56aXA="}
    created = await client.post("/api/v1/uploads", headers={**tus, **begin})
    path = created.headers["Location"].removeprefix("https://ferry.example/base")
    piece = {**tus, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    with largest_file(ROOM):
        answer = await client.patch(path, data=BODY, headers=piece)
        assert (answer.status, (await answer.json())["code"]) == (507, "DISK_FULL")
        assert (await client.head(path, headers=tus)).headers["Upload-Offset"] == str(ROOM)
    rest = await client.patch(path, data=BODY[ROOM:], headers={**piece, "Upload-Offset": str(ROOM)})
    assert (rest.status, (await rest.json())["code"]) == (422, "INVALID_ARCHIVE")
    assert [files for _, _, files in os.walk(world.settings.archives_dir) if files] == []
