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
    }


async def test_a_database_of_another_tenant_is_unknown(client: Client, world: World) -> None:
    response = await client.get("/api/v1/databases/private/applications", headers=world.as_("admin"))
    assert response.status == 404
    assert (await response.json())["code"] == "DATABASE_UNKNOWN"
