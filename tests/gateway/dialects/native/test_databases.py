"""A tenant sees the databases mapped to it, with their applications."""

from __future__ import annotations

from shared.catalogue import service_id_of, version_id_of
from tests.gateway.conftest import Client, World


async def test_databases_stand_in_the_tenants_order(client: Client, world: World) -> None:
    response = await client.get("/api/v1/databases", headers=world.as_("user"))
    assert await response.json() == {"databases": [{"name": "source"}, {"name": "target"}]}
    response = await client.get("/api/v1/databases", headers=world.as_("stranger"))
    assert await response.json() == {"databases": [{"name": "private"}]}


async def test_applications_are_those_of_the_catalogue(client: Client, world: World) -> None:
    response = await client.get("/api/v1/databases/source/applications", headers=world.as_("user"))
    assert await response.json() == {
        "database": "source",
        "applications": [
            {
                "name": "MyApp",
                "version": "2.1.0",
                "kind": "APPLICATION",
                "label": "MyApp",
                "service_id": service_id_of("source", "MyApp"),
                "version_id": version_id_of("source", "MyApp", "2.1.0"),
            }
        ],
        "damaged": [],
        "next_cursor": None,
    }


async def test_damaged_entries_are_for_those_who_see_all(client: Client, world: World) -> None:
    damaged = world.databases["source"].add_node(["Application"], {"Name": "Odd", "Version": 1})
    seen = {}
    for caller in ("admin", "user"):
        response = await client.get("/api/v1/databases/source/applications", headers=world.as_(caller))
        answer = await response.json()
        assert [each["name"] for each in answer["applications"]] == ["MyApp"]
        seen[caller] = answer["damaged"]
    reason = "Version is of type int, and no text"
    assert seen == {"admin": [{"id": str(damaged), "name": "Odd", "reason": reason}], "user": []}


async def test_damaged_entries_are_repaired_or_removed_by_administrators(client: Client, world: World) -> None:
    ids = [world.databases["source"].add_node(["Application"], {"Name": "Odd", "Version": at}) for at in (1, 2)]
    repaired, removed = (f"/api/v1/databases/source/damaged-entries/{each}" for each in ids)
    for method, path in (("PATCH", repaired), ("DELETE", removed)):
        refused = await client.request(method, path, json={"version": "1"}, headers=world.as_("user"))
        assert refused.status == 403
    response = await client.patch(repaired, json={"kind": "SERVICE"}, headers=world.as_("admin"))
    assert response.status == 400
    response = await client.patch(repaired, json={"version": "1.0"}, headers=world.as_("admin"))
    assert response.status == 204
    response = await client.delete(removed, headers=world.as_("admin"))
    assert response.status == 204
    response = await client.delete(removed, headers=world.as_("admin"))
    assert (response.status, (await response.json())["code"]) == (404, "ENTRY_UNKNOWN")
    answer = await (await client.get("/api/v1/databases/source/applications", headers=world.as_("admin"))).json()
    assert [each["name"] for each in answer["applications"]] == ["MyApp", "Odd"]
    assert answer["damaged"] == []


async def test_a_database_of_another_tenant_is_unknown(client: Client, world: World) -> None:
    response = await client.get("/api/v1/databases/private/applications", headers=world.as_("admin"))
    assert response.status == 404
    assert (await response.json())["code"] == "DATABASE_UNKNOWN"
