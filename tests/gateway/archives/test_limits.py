"""What archives may hold is a setting for everything that the gateway reads of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.gateway.conftest import Client, StartGateway, World
from tests.gateway.dialects.native.test_archives import ARCHIVES
from tests.gateway.dialects.native.test_tus import Uploader
from tests.support.archives.foreign import document, zipped

MANY = zipped({f"{number}.graphml": document("") for number in range(17)})
ATTRIBUTES = " ".join(f'a{number}="x"' for number in range(17))
WIDE = zipped({"a.graphml": document(f'<node id="a" {ATTRIBUTES}/>')})


@pytest.fixture
async def narrow(start_gateway: StartGateway, world: World) -> Client:
    settings = world.settings.model_copy(update={"max_entries": 16, "max_attributes": 16})
    return await start_gateway(replace(world.resources(), settings=settings))


async def test_an_upload_is_judged_by_the_settings(client: Client, narrow: Client, world: World) -> None:
    refused = await narrow.put(f"{ARCHIVES}/many.zip", data=MANY, headers=world.as_("admin"))
    assert (refused.status, (await refused.json())["code"]) == (422, "INVALID_ARCHIVE")
    assert "GRAPHFERRY_MAX_ENTRIES" in await refused.text()
    taken = await client.put(f"{ARCHIVES}/many.zip", data=MANY, headers=world.as_("admin"))
    assert taken.status == 201


async def test_an_upload_in_pieces_is_judged_by_the_settings(narrow: Client, world: World) -> None:
    uploader = Uploader(narrow, world)
    await uploader.create(len(MANY))
    refused = await uploader.patch(0, MANY)
    assert refused.status == 422
    assert "GRAPHFERRY_MAX_ENTRIES" in await refused.text()


async def test_an_inspection_and_a_submission_are_judged_by_the_settings(
    client: Client, narrow: Client, world: World
) -> None:
    world.archives.put("acme", "many.zip", MANY)
    world.archives.put("acme", "wide.zip", WIDE)
    for name, words in (("many", "GRAPHFERRY_MAX_ENTRIES"), ("wide", "GRAPHFERRY_MAX_ATTRIBUTES")):
        path = f"{ARCHIVES}/{name}.zip/inspect"
        refused = await narrow.get(path, headers=world.as_("admin"))
        assert refused.status == 422
        assert words in await refused.text()
        assert (await client.get(path, headers=world.as_("admin"))).status == 200
    body = {"database": "target", "archive": "many.zip"}
    refused = await narrow.post("/api/v1/imports", json=body, headers=world.as_("admin"))
    assert refused.status == 422
    assert "GRAPHFERRY_MAX_ENTRIES" in await refused.text()
