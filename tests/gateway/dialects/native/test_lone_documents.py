"""GraphML documents are archives of their own, plain and in gzip, on every way that archives have."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from typing import Any

import pytest

from shared.jobs.requests import ImportRequest
from tests.gateway.conftest import Client, World
from tests.gateway.dialects.native.test_archives import ARCHIVES
from tests.support.archives.foreign import HEAD, document, zipped

TEXT = document('<node id="a" labels=":A"/>').encode()
FORMS: Mapping[str, tuple[bytes, str]] = {
    "Their App.graphml": (TEXT, "application/octet-stream"),
    "Their App.GraphML": (TEXT, "application/octet-stream"),
    "Their App.XML": (TEXT, "application/octet-stream"),
    "Their App.graphml.gz": (gzip.compress(TEXT), "application/gzip"),
    "Their App.ZIP": (zipped({"G.GRAPHML": TEXT}), "application/zip"),
}
IMPORTS = "/api/v1/imports"


@pytest.mark.parametrize("name", FORMS)
async def test_one_is_stored_and_served_as_it_is(client: Client, world: World, name: str) -> None:
    (content, media_type), admin = FORMS[name], world.as_("admin")
    stored = await client.put(f"{ARCHIVES}/{name}", data=content, headers=admin)
    assert (stored.status, (await stored.json())["sha256"]) == (201, hashlib.sha256(content).hexdigest())
    listed = await (await client.get(ARCHIVES, headers=admin)).json()
    assert [(each["name"], each["bytes"]) for each in listed["archives"]] == [(name, len(content))]
    served = await client.get(f"{ARCHIVES}/{name}", headers=admin)
    assert (served.headers["ETag"], served.content_type) == (f'"{hashlib.sha256(content).hexdigest()}"', media_type)
    assert await served.read() == content
    assert name in served.headers["Content-Disposition"]
    linked = await (await client.post(f"{ARCHIVES}/{name}/link", headers=admin)).json()
    followed = await client.get(linked["url"].removeprefix("https://ferry.example/base"))
    assert (await followed.read(), followed.content_type) == (content, media_type)


@pytest.mark.parametrize("name", FORMS)
async def test_one_is_inspected_and_imported(client: Client, world: World, name: str) -> None:
    world.archives.put("acme", name, FORMS[name][0])
    shown = await (await client.get(f"{ARCHIVES}/{name}/inspect?database=source", headers=world.as_("admin"))).json()
    assert (shown["kind"], shown["sha256"]) == ("graphml", hashlib.sha256(FORMS[name][0]).hexdigest())
    assert [(each["name"], each["nodes"]) for each in shown["applications"]] == [("Their App", 1)]
    body: dict[str, Any] = {"database": "source", "archive": name}
    accepted = await client.post(IMPORTS, json=body, headers=world.as_("importer"))
    assert accepted.status == 202, await accepted.text()
    body["applications"] = [{"source_name": "Nobody", "name": "x"}]
    assert (await client.post(IMPORTS, json=body, headers=world.as_("importer"))).status == 400


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.graphml", zipped({"g.graphml": TEXT})),
        ("a.zip", TEXT),
        ("a.graphml.gz", TEXT),
        ("a.graphml", gzip.compress(TEXT)),
        ("a.graphml.gz", gzip.compress(TEXT)[:9]),
    ],
)
async def test_what_its_name_does_not_say_is_refused(client: Client, world: World, name: str, content: bytes) -> None:
    stored = await client.put(f"{ARCHIVES}/{name}", data=content, headers=world.as_("admin"))
    answer = await stored.json()
    assert (stored.status, answer["code"]) == (422, "INVALID_ARCHIVE"), answer
    assert repr(name) in answer["detail"]
    assert await world.archives.list_archives("acme") == []


async def test_the_older_surface_takes_zips_alone(client: Client, world: World) -> None:
    world.archives.put("acme", "a.graphml", TEXT)
    body = {"import_app": "a.graphml", "database": "source"}
    refused = await client.post("/imaging/etl/api/app/import", json=body, headers=world.as_("importer"))
    assert (refused.status, (await refused.json())["error"]["code"]) == (400, "INVALID_FILE_NAME")


async def test_names_of_graphs_beside_one_another_must_be_free(client: Client, world: World) -> None:
    world.archives.put("acme", "Both.graphml", f"{HEAD}<graph id='MyApp'/><graph id='Free'/></graphml>".encode())
    body: dict[str, Any] = {"database": "source", "archive": "Both.graphml"}
    taken = await client.post(IMPORTS, json=body, headers=world.as_("importer"))
    assert (taken.status, "'MyApp'" in await taken.text()) == (409, True)
    several = await client.post(IMPORTS, json={**body, "import_as": "One"}, headers=world.as_("importer"))
    assert (several.status, "holds 'MyApp', 'Free'." in await several.text()) == (400, True)
    body["one_application"] = True
    accepted = await client.post(IMPORTS, json={**body, "import_as": "One"}, headers=world.as_("importer"))
    assert accepted.status == 202, await accepted.text()
    (job,) = world.jobs.jobs.values()
    assert isinstance(job.request, ImportRequest)
    assert job.request.foreign.one_application


async def test_a_message_shows_some_of_many_names(client: Client, world: World) -> None:
    graphs = "".join(f"<graph id='G{at}'/>" for at in range(1000))
    world.archives.put("acme", "Many.graphml", f"{HEAD}{graphs}</graphml>".encode())
    body = {"database": "source", "archive": "Many.graphml", "import_as": "One"}
    refused = await client.post(IMPORTS, json=body, headers=world.as_("importer"))
    assert "'G19' and 980 more." in (await refused.json())["detail"]
