"""What was imported is visible to those who may import, and to whom it is granted; to others it does not exist."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientResponse

from shared.api_keys import hash_key
from shared.identity import EVERYONE, ApplicationName, ImportedApplication, Role
from shared.jobs.record import Status
from shared.jobs.summaries import ArchiveFacts
from shared.ports.jobs import WhenBusy
from tests.gateway.conftest import Client, World
from tests.gateway.test_entitled import change_after_the_question
from tests.support.archives.small import make_archive
from tests.support.job_stores import make_job
from tests.support.keys import CREATED, admit, make_key

GRANTS = "/api/v1/grants"
APPLICATIONS = "/api/v1/databases/source/applications"
MINE = {"database": "source", "application": "MyApp"}
ARCHIVE = make_archive("MyApp")
SEES = ["importer", "admin"]
SEES_NOT = ["user", "other", "supervisor"]


@pytest.fixture
async def world(world: World) -> World:
    """MyApp was imported by `importer`, and MyApp2 by nobody."""
    source = world.databases["source"]
    source.add_node(["Application"], {"Name": "Free"})
    source.add_node(["Free", "Thing"])
    source.add_node(["Bare", "Thing"])
    await note(world)
    return world


async def note(world: World, application: str = "MyApp", user: str = "importer", tenant: str = "acme") -> None:
    name = ApplicationName("source", application)
    noted = ImportedApplication(application=name, tenant=tenant, user=user, job_id="one", created=CREATED)
    await world.identity.note_imported([noted])


async def grant(client: Client, world: World, user: str, caller: str = "admin", **changes: Any) -> ClientResponse:
    return await client.post(GRANTS, json={**MINE, "user": user, **changes}, headers=world.as_(caller))


async def ask_to_export(client: Client, world: World, surface: str, name: str, caller: str) -> ClientResponse:
    body: dict[str, Any]
    match surface:
        case "imaging":
            path, body = "/imaging/etl/api/app/export", {"database": "source", "export_app": name}
        case "native":
            path, body = "/api/v1/exports", {"database": "source", "applications": [{"name": name}]}
        case _:
            path, body = "/acme/api/v4/export", {"inputs": {"services": [f"source/{name}"]}, "queue": True}
    return await client.post(path, json=body, headers=world.as_(caller))


SURFACES = pytest.mark.parametrize("surface", ["imaging", "native", "spark"])


@SURFACES
async def test_an_import_is_for_importers_until_it_is_granted(client: Client, world: World, surface: str) -> None:
    for caller in SEES:
        assert (await ask_to_export(client, world, surface, "MyApp", caller)).status < 300
    for caller in SEES_NOT:
        assert (await ask_to_export(client, world, surface, "MyApp", caller)).status == 404
    assert (await grant(client, world, "user")).status == 201
    assert (await ask_to_export(client, world, surface, "MyApp", "user")).status < 300
    assert (await ask_to_export(client, world, surface, "MyApp", "other")).status == 404
    assert (await grant(client, world, EVERYONE)).status == 201
    assert (await ask_to_export(client, world, surface, "MyApp", "other")).status < 300


@SURFACES
async def test_what_is_not_granted_is_told_as_what_is_not_there(client: Client, world: World, surface: str) -> None:
    bodies = []
    for name in ("MyApp", "Nope?"):
        response = await ask_to_export(client, world, surface, name, "user")
        body = (await response.text()).replace(name, "NAME")
        body = re.sub(r'"trace_id":"\w+"', "", body.replace(response.headers["X-Request-Id"], ""))
        passing = {"x-request-id", "date", "content-length"}
        headers = {name: value for name, value in response.headers.items() if name.lower() not in passing}
        bodies.append((response.status, body, headers))
    assert bodies[0] == bodies[1]
    assert world.jobs.jobs == {}


@SURFACES
@pytest.mark.parametrize("name", ["Free", "Bare"])
async def test_what_was_there_without_us_is_for_all(client: Client, world: World, surface: str, name: str) -> None:
    for caller in ("user", "supervisor"):
        assert (await ask_to_export(client, world, surface, name, caller)).status < 300


@SURFACES
async def test_a_label_on_hidden_nodes_is_no_way_round(client: Client, world: World, surface: str) -> None:
    world.databases["source"].add_node(["Application"], {"Name": "Deep", "Label": "Deep@1.0.0"})
    world.databases["source"].add_node(["Deep@1.0.0", "Inner"])
    await note(world, "Deep")
    for name in ("Object", "Inner", "Deep@1.0.0"):  # on nodes of MyApp, and of Deep
        assert (await ask_to_export(client, world, surface, name, "user")).status == 404
    assert (await ask_to_export(client, world, surface, "Thing", "user")).status < 300
    assert (await ask_to_export(client, world, surface, "Object", "importer")).status < 300
    await grant(client, world, "user")
    assert (await ask_to_export(client, world, surface, "Object", "user")).status < 300


async def test_a_folder_is_exported_as_far_as_it_is_granted(client: Client, world: World) -> None:
    body = {"inputs": {"folders": ["source"]}}
    assert (await client.post("/acme/api/v4/export", json=body, headers=world.as_("user"))).status == 200
    (job,) = world.jobs.jobs.values()
    assert [each.name for each in job.request.applications] == ["Free"]  # type: ignore[union-attr]


async def test_ids_lead_nowhere_else_either(client: Client, world: World) -> None:
    listed = await (await client.get(APPLICATIONS, headers=world.as_("admin"))).json()
    entry = next(each for each in listed["applications"] if each["name"] == "MyApp")
    for inputs in ({"services": [entry["service_id"]]}, {"version_ids": [entry["version_id"]]}):
        response = await client.post("/acme/api/v4/export", json={"inputs": inputs}, headers=world.as_("user"))
        assert response.status == 404


async def test_the_listing_shows_what_is_granted(client: Client, world: World) -> None:
    async def listed(caller: str) -> list[str]:
        body = await (await client.get(APPLICATIONS, headers=world.as_(caller))).json()
        return [each["name"] for each in body["applications"]]

    assert [await listed(caller) for caller in SEES] == [["Free", "MyApp"]] * 2
    assert [await listed(caller) for caller in SEES_NOT] == [["Free"]] * 3
    await grant(client, world, "user")
    assert (await listed("user"), await listed("other")) == (["Free", "MyApp"], ["Free"])


async def test_who_brought_it_sees_it_whatever_roles_are_left(client: Client, world: World) -> None:
    await note(world, "Free", user="user")
    body = await (await client.get(APPLICATIONS, headers=world.as_("user"))).json()
    assert [each["name"] for each in body["applications"]] == ["Free"]
    assert (await ask_to_export(client, world, "native", "Free", "other")).status == 404


async def test_catalogue_administrators_see_the_catalogue(client: Client, world: World) -> None:
    key = make_key(text=world.keys["user"], user="architect")
    await admit(world.identity, key, {Role.ARCHITECT, Role.CATALOG_ADMINISTRATOR})
    body = await (await client.get(APPLICATIONS, headers=world.as_("user"))).json()
    assert [each["name"] for each in body["applications"]] == ["Free", "MyApp"]


async def test_an_inspection_tells_no_more(client: Client, world: World) -> None:
    world.archives.put("acme", "own.zip", ARCHIVE)
    job = await world.jobs.submit(make_job(created_by="user"), when_busy=WhenBusy.QUEUE)
    facts = ArchiveFacts(name="own.zip", bytes=len(ARCHIVE), sha256="")
    world.jobs.jobs[job.id] = replace(world.jobs.jobs[job.id], status=Status.CLOSED, archive=facts)

    async def exists(caller: str) -> bool:
        response = await client.get("/api/v1/archives/own.zip/inspect?database=source", headers=world.as_(caller))
        assert response.status == 200
        return bool((await response.json())["conflicts"][0]["exists"])

    assert (await exists("admin"), await exists("user")) == (True, False)
    await grant(client, world, "user")
    assert await exists("user")


async def test_grants_are_shown_filtered_and_taken_back(client: Client, world: World) -> None:
    first = await (await grant(client, world, "user")).json()
    assert first.pop("created").endswith("Z")
    assert first == {**MINE, "id": first["id"], "user": "user", "granted_by": "admin", "version": first["version"]}
    again = await (await grant(client, world, "user", "importer")).json()
    assert (again["id"], again["granted_by"]) == (first["id"], "admin")
    await grant(client, world, EVERYONE, application="Free")

    async def listed(query: str = "", caller: str = "admin") -> list[tuple[str, str]]:
        body = await (await client.get(GRANTS + query, headers=world.as_(caller))).json()
        return [(each["application"], each["user"]) for each in body["grants"]]

    assert await listed() == [("Free", "*"), ("MyApp", "user")]
    assert await listed("?application=MyApp&user=user&database=source") == [("MyApp", "user")]
    assert await listed("?database=target") == []
    assert await listed(caller="importer") == [("MyApp", "user")]
    assert (await client.delete(f"{GRANTS}/{first['id']}", headers=world.as_("stranger"))).status == 404
    assert (await client.delete(f"{GRANTS}/{first['id']}", headers=world.as_("importer"))).status == 204
    assert (await client.delete(f"{GRANTS}/{first['id']}", headers=world.as_("importer"))).status == 404
    assert (await ask_to_export(client, world, "native", "MyApp", "user")).status == 404


async def test_an_importer_grants_what_the_same_user_brought(client: Client, world: World) -> None:
    assert (await grant(client, world, "user", "importer")).status == 201
    assert (await grant(client, world, "user", "importer", application="Free")).status == 403
    await note(world, "Free", user="somebody")
    assert (await grant(client, world, "user", "importer", application="Free")).status == 403
    await note(world, "Bare", user="importer", tenant="globex")
    assert (await grant(client, world, "user", "importer", application="Bare")).status == 403
    for caller in ("user", "supervisor"):
        assert (await grant(client, world, caller, caller)).status == 403
        assert (await client.get(GRANTS, headers=world.as_(caller))).status == 403


async def demote(world: World, caller: str) -> None:
    await world.identity.change_user("acme", caller, lambda user: replace(user, roles=frozenset()))


async def disable(world: World, caller: str) -> None:
    await world.identity.change_user("acme", caller, lambda user: replace(user, disabled=True))


async def remove(world: World, caller: str) -> None:
    await world.identity.remove_user("acme", caller)


async def revoke(world: World, caller: str) -> None:
    await world.identity.remove_key(hash_key(world.keys[caller]))


async def rename(world: World, caller: str) -> None:
    await world.identity.change_user("acme", caller, lambda user: replace(user, display_name="Ann"))


async def bring_anew(world: World, caller: str) -> None:
    del caller
    name = ApplicationName("source", "MyApp")
    noted = ImportedApplication(application=name, tenant="acme", user="other", job_id="two", created=CREATED)
    await world.identity.note_imported([noted])


@pytest.mark.parametrize(
    ("caller", "change", "status"),
    [
        ("admin", demote, 403),
        ("admin", disable, 401),
        ("admin", remove, 401),
        ("admin", revoke, 401),
        ("admin", rename, 201),
        ("admin", bring_anew, 201),
        ("importer", demote, 403),
        ("importer", remove, 401),
        ("importer", rename, 201),
        ("importer", bring_anew, 403),
    ],
)
async def test_whoever_loses_the_right_at_that_moment_grants_nothing(
    client: Client, world: World, caller: str, change: Any, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_after_the_question(monkeypatch, lambda: change(world, caller))
    assert (await grant(client, world, "user", caller)).status == status
    assert len(await world.identity.list_grants("acme")) == (1 if status == 201 else 0)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"database": "private"}, "DATABASE_UNKNOWN"),
        ({"application": "Missing"}, "APPLICATION_UNKNOWN"),
        ({"user": "nobody"}, "USER_UNKNOWN"),
        ({"user": "stranger"}, "USER_UNKNOWN"),
    ],
)
async def test_what_is_not_there_is_not_granted(client: Client, world: World, changes: Any, code: str) -> None:
    response = await grant(client, world, **{"user": "user", **changes})
    assert (response.status, (await response.json())["code"]) == (404, code)


async def test_a_grant_of_one_tenant_is_none_of_another(client: Client, world: World) -> None:
    await world.identity.change_tenant("globex", lambda globex: replace(globex, databases=("source",)))
    key = make_key("globex", text=world.keys["other"], user="plain")
    await admit(world.identity, key, ())
    await grant(client, world, EVERYONE)
    listed = await (await client.get(APPLICATIONS, headers=world.as_("other"))).json()
    assert [each["name"] for each in listed["applications"]] == ["Free"]
