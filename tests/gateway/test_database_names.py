"""Two names of one database show the same rights: what counts is the database's own id."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.identity import ApplicationName, ImportedApplication
from shared.resources import Resources
from shared.rights.naming import make_naming, note_names
from tests.gateway.conftest import Client, StartGateway, World
from tests.support.keys import CREATED
from tests.support.memory.graph.source import MemorySource

NAMES = ["source", "alias"]


def name_twice(world: World, **further: str) -> Resources:
    """Give `source` a second name; or other names, each with the database behind it."""
    resources = world.resources()
    named = further or {"alias": "source"}
    more = {name: MemorySource(world.databases[data], name=name) for name, data in named.items()}
    return replace(resources, sources={**resources.sources, **more})


@pytest.fixture
async def world(world: World) -> World:
    databases = ("source", "alias", "target")
    await world.identity.change_tenant("acme", lambda tenant: replace(tenant, databases=databases))
    return world


@pytest.fixture
async def client(world: World, start_gateway: StartGateway) -> Client:
    return await start(name_twice(world), start_gateway)


async def start(resources: Resources, start_gateway: StartGateway) -> Client:
    """Start a gateway that has noted the names of its databases."""
    client = await start_gateway(resources)
    await note_names(resources)
    return client


async def note(world: World, database: str, user: str = "importer", job_id: str = "one") -> None:
    name = ApplicationName(database, "MyApp")
    noted = ImportedApplication(application=name, tenant="acme", user=user, job_id=job_id, created=CREATED)
    await world.identity.note_imported([noted])


async def sees(client: Client, world: World, caller: str = "user") -> list[bool]:
    """Whether the caller sees MyApp under each of the names."""
    seen = []
    for name in NAMES:
        answer = await client.get(f"/api/v1/databases/{name}/applications", headers=world.as_(caller))
        seen.append("MyApp" in [each["name"] for each in (await answer.json())["applications"]])
    return seen


async def ask(client: Client, world: World, method: str, path: str, body: Any = None) -> Any:
    answer = await client.request(method, f"/api/v1/{path}", json=body, headers=world.as_("admin"))
    assert answer.status < 300, await answer.text()
    return None if answer.status == 204 else await answer.json()


@pytest.mark.parametrize("brought_as", NAMES)
@pytest.mark.parametrize("granted_as", NAMES)
async def test_two_names_show_the_same_rights(client: Client, world: World, brought_as: str, granted_as: str) -> None:
    await note(world, brought_as)
    assert await sees(client, world) == [False, False]
    body = {"database": granted_as, "application": "MyApp", "user": "user"}
    grant = await ask(client, world, "POST", "grants", body)
    assert await sees(client, world) == [True, True]
    for name in NAMES:
        assert (await ask(client, world, "GET", f"grants?database={name}"))["grants"] == [grant]
    assert (await ask(client, world, "POST", "grants", {**body, "database": brought_as}))["id"] == grant["id"]
    await ask(client, world, "DELETE", f"grants/{grant['id']}")
    assert await sees(client, world) == [False, False]


async def test_who_brought_it_under_one_name_sees_and_grants_it_under_another(client: Client, world: World) -> None:
    await note(world, "alias", user="user")
    assert (await sees(client, world), await sees(client, world, "other")) == ([True, True], [False, False])
    await note(world, "alias", job_id="two")
    body = {"database": "source", "application": "MyApp", "user": "user"}
    assert (await client.post("/api/v1/grants", json=body, headers=world.as_("importer"))).status == 201


async def test_grants_under_both_names_end_together(client: Client, world: World) -> None:
    await note(world, "source")
    body = {"application": "MyApp", "user": "user"}
    grant = await ask(client, world, "POST", "grants", {**body, "database": "source"})
    (stored,) = await world.identity.list_grants("acme")
    await world.identity.put_grant(replace(stored, application=ApplicationName("alias", "MyApp")))
    await ask(client, world, "DELETE", f"grants/{grant['id']}")
    assert await world.identity.list_grants("acme") == []


async def test_rights_follow_a_database_that_gets_another_name(
    world: World, start_gateway: StartGateway, client: Client
) -> None:
    await note(world, "source")
    await ask(client, world, "POST", "grants", {"database": "source", "application": "MyApp", "user": "user"})
    assert await sees(client, world, "other") == [False, False]

    renamed = await start(name_twice(world, source="target", alias="source"), start_gateway)

    for caller in ("user", "other"):  # the grant was under a name that another database has now
        answer = await renamed.get("/api/v1/databases/alias/applications", headers=world.as_(caller))
        assert (await answer.json())["applications"] == []


async def test_a_deletion_and_a_new_import_count_for_all_names(client: Client, world: World) -> None:
    await note(world, "alias")
    await ask(client, world, "DELETE", "databases/source/applications/MyApp")
    await world.work()
    world.databases["source"].add_node(["Application"], {"Name": "MyApp"})
    assert await sees(client, world) == [True, True]


async def test_several_names_of_one_database_are_warned_of_once(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    naming = make_naming(name_twice(world))
    for _ in range(2):
        await naming.work()
    (line,) = [each for each in capsys.readouterr().out.splitlines() if "several names" in each]
    assert "['source', 'alias']" in line
