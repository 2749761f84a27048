"""What an archive holds is shown before anything is imported."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.gateway.conftest import Client, World
from tests.gateway.dialects.native.test_archives import ARCHIVES
from tests.support.archives.foreign import HEAD, OLDER, document, zipped
from tests.support.archives.small import make_archive

TWO = make_archive("MyApp", "Other")


async def inspect(client: Client, world: World, name: str, query: str = "") -> Any:
    response = await client.get(f"{ARCHIVES}/{name}/inspect{query}", headers=world.as_("admin"))
    assert response.status == 200, await response.text()
    return await response.json()


async def test_an_archive_of_ours_is_shown_with_conflicts(client: Client, world: World) -> None:
    world.archives.put("acme", "two.zip", TWO)
    shown = await inspect(client, world, "two.zip", "?database=source")
    assert (shown["kind"], shown["format_version"]) == ("graphferry", 1)
    assert (shown["bytes"], shown["sha256"]) == (len(TWO), hashlib.sha256(TWO).hexdigest())
    assert [(each["name"], each["nodes"], each["labels"]) for each in shown["applications"]] == [
        ("MyApp", 1, {"Object": 1}),
        ("Other", 1, {"Object": 1}),
    ]
    assert {"structure", "ends", "digest"} <= set(shown["checks"])
    assert [each["dialects"] for each in shown["applications"]] == [[], []]
    assert [(each["name"], each["exists"], each["present_versions"]) for each in shown["conflicts"]] == [
        ("MyApp", True, ["2.1.0"]),
        ("Other", False, []),
    ]
    assert shown["disk"]["worker_bytes"] == 2 * 24
    assert shown["disk"]["database_bytes"] == 2 * (15 + 41)
    assert shown["disk"]["free_bytes"] > 0


async def test_without_a_database_there_are_no_conflicts(client: Client, world: World) -> None:
    world.archives.put("acme", "two.zip", TWO)
    shown = await inspect(client, world, "two.zip")
    assert (shown["database"], shown["conflicts"]) == (None, [])


async def test_foreign_archives_are_shown_too(client: Client, world: World) -> None:
    world.archives.put("acme", "older.zip", OLDER.read_bytes())
    world.archives.put("acme", "Theirs.zip", zipped({"a.graphml": document('<node id="a"/>')}))
    older = await inspect(client, world, "older.zip")
    assert (older["kind"], older["source"]) == ("csv", None)
    assert [each["name"] for each in older["applications"]] == ["Shop", "Größe & Co"]
    assert len(older["warnings"]) == 3
    assert "digest" not in older["checks"]
    theirs = await inspect(client, world, "Theirs.zip", "?database=target")
    assert [each["dialects"] for each in (*older["applications"], *theirs["applications"])] == [[], [], ["graphml"]]
    assert (theirs["kind"], theirs["conflicts"][0]["name"], theirs["conflicts"][0]["exists"]) == (
        "graphml",
        "Theirs",
        False,
    )


SEVERAL = f"{HEAD}<graph id='Eins'><node id='a'/></graph><graph id='Zwei'><node id='a'/></graph></graphml>"


async def test_graphs_beside_one_another_are_shown_each_or_as_one(client: Client, world: World) -> None:
    world.archives.put("acme", "Both.graphml", SEVERAL.replace("'a'/></graph></", "'b'/></graph></").encode())
    shown = await inspect(client, world, "Both.graphml")
    assert [each["name"] for each in shown["applications"]] == ["Eins", "Zwei"]
    shown = await inspect(client, world, "Both.graphml", "?one_application=true")
    assert [(each["name"], each["nodes"]) for each in shown["applications"]] == [("Both", 2)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no ZIP", "Not a ZIP"),
        (TWO[:-1] + b"\x01", "Not a ZIP"),
        (zipped({"a.graphml": document('<edge id="e" source="a" target="b"/>')}), "(entry 'a.graphml', line 3)"),
    ],
)
async def test_a_bad_archive_is_refused(client: Client, world: World, content: bytes, words: str) -> None:
    world.archives.put("acme", "bad.zip", content)
    response = await client.get(f"{ARCHIVES}/bad.zip/inspect", headers=world.as_("admin"))
    body = await response.json()
    assert (response.status, body["code"]) == (422, "INVALID_ARCHIVE")
    assert words in body["detail"]


async def test_what_is_not_the_callers_does_not_exist(client: Client, world: World) -> None:
    world.archives.put("acme", "two.zip", TWO)
    assert (await client.get(f"{ARCHIVES}/two.zip/inspect", headers=world.as_("user"))).status == 404
    assert (await client.get(f"{ARCHIVES}/two.zip/inspect", headers=world.as_("stranger"))).status == 404
    assert (await client.get(f"{ARCHIVES}/two.zip/inspect?database=private", headers=world.as_("admin"))).status == 404
    assert (await client.get(f"{ARCHIVES}/two.zip/inspect?data=x", headers=world.as_("admin"))).status == 400


async def test_foreign_archives_may_be_uploaded_and_imported(client: Client, world: World) -> None:
    content = zipped({"a.graphml": document('<node id="a"/>')})
    assert (await client.put(f"{ARCHIVES}/MyApp.zip", data=content, headers=world.as_("admin"))).status == 201
    body = {"import_app": "MyApp.zip", "database": "source"}
    taken = await client.post("/imaging/etl/api/app/import", json=body, headers=world.as_("importer"))
    assert taken.status == 409
    body["import_as"] = "Free"
    accepted = await client.post("/imaging/etl/api/app/import", json=body, headers=world.as_("importer"))
    assert accepted.status == 200
