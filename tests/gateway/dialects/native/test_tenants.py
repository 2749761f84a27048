"""Tenants are the SUPER_ADMIN's to make, change and remove."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientResponse

from shared.identity import Tenant
from shared.ports.jobs import WhenBusy
from tests.gateway.conftest import Client, World
from tests.support.job_stores import make_job

TENANTS = "/api/v1/tenants"
NO_LIMITS = {
    "max_archive_bytes": None,
    "waiting_jobs": None,
    "max_total_bytes": None,
    "keep_archives_days": None,
}


async def send(
    client: Client, world: World, method: str, path: str, caller: str = "root", **body: Any
) -> ClientResponse:
    return await client.request(method, path, json=body or None, headers=world.as_(caller))


async def test_a_tenant_is_made_shown_changed_and_removed(client: Client, world: World) -> None:
    made = await send(client, world, "POST", TENANTS, name="new", databases=["target", "source", "target"])
    body = await made.json()
    assert (made.status, made.headers["Location"]) == (201, "https://ferry.example/base/api/v1/tenants/new")
    assert body.pop("created").endswith("Z")
    assert made.headers["ETag"] == f'"{body.pop("version")}"'
    expected: dict[str, Any] = {"name": "new", "databases": ["target", "source"], "catalogue_database": None}
    expected["limits"] = NO_LIMITS
    assert "new" in world.archives.tenants
    aside = {"created": 0, "version": 0}
    assert body == expected
    listed = await (await send(client, world, "GET", TENANTS)).json()
    assert [tenant["name"] for tenant in listed["tenants"]] == ["acme", "globex", "new"]

    changes: dict[str, Any] = {"catalogue_database": "source", "limits": {"waiting_jobs": 3}}
    changed = await send(client, world, "PATCH", f"{TENANTS}/new", **changes)
    expected |= {"catalogue_database": "source", "limits": {**NO_LIMITS, "waiting_jobs": 3}}
    assert {**await changed.json(), **aside} == {**expected, **aside}
    changed = await send(client, world, "PATCH", f"{TENANTS}/new", databases=["source"])
    assert {**await changed.json(), **aside} == {**expected, "databases": ["source"], **aside}
    assert await (await send(client, world, "GET", f"{TENANTS}/new")).json() == await changed.json()

    assert (await send(client, world, "DELETE", f"{TENANTS}/new")).status == 204
    assert (await send(client, world, "GET", f"{TENANTS}/new")).status == 404
    assert "new" not in world.archives.tenants


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"name": "a/b"}, "a/b"),
        ({}, "name"),
        ({"name": "new", "databases": ["nowhere"]}, "nowhere"),
        ({"name": "new", "databases": ["source"], "catalogue_database": "target"}, "target"),
        ({"name": "new", "limits": {"waiting_jobs": -1}}, "limits.waiting_jobs"),
        ({"name": "new", "limits": {"max_archive_bytes": True}}, "limits.max_archive_bytes"),
        ({"name": "new", "limits": {"max_total_bytes": 0}}, "limits.max_total_bytes"),
        ({"name": "new", "limits": {"keep_archives_days": 36_501}}, "limits.keep_archives_days"),
        ({"name": "new", "colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_tenant_is_refused_by_name(client: Client, world: World, body: Any, named: str) -> None:
    response = await client.post(TENANTS, json=body, headers=world.as_("root"))
    assert response.status == 400
    assert named in (await response.json())["detail"]
    assert await world.identity.get_tenant("new") is None


async def test_a_name_is_taken_once(client: Client, world: World) -> None:
    response = await send(client, world, "POST", TENANTS, name="acme")
    assert (response.status, (await response.json())["code"]) == (409, "CONFLICT")


async def test_a_catalogue_must_stay_one_of_the_databases(client: Client, world: World) -> None:
    await world.identity.create_tenant(Tenant(name="new", databases=("source",), catalogue_database="source"))
    assert (await send(client, world, "PATCH", f"{TENANTS}/new", databases=["target"])).status == 400
    response = await client.patch(
        f"{TENANTS}/new", json={"databases": ["target"], "catalogue_database": None}, headers=world.as_("root")
    )
    assert (await response.json())["catalogue_database"] is None


async def test_a_tenant_with_unfinished_jobs_stays(client: Client, world: World) -> None:
    job = await world.jobs.submit(make_job(tenant="globex"), when_busy=WhenBusy.QUEUE)
    response = await send(client, world, "DELETE", f"{TENANTS}/globex")
    assert response.status == 409
    assert job.id in (await response.json())["detail"]
    assert await world.identity.get_tenant("globex") is not None


async def test_a_removed_tenants_keys_end(client: Client, world: World) -> None:
    assert (await client.get("/api/v1/me", headers=world.as_("stranger"))).status == 200
    assert (await send(client, world, "DELETE", f"{TENANTS}/globex")).status == 204
    assert (await client.get("/api/v1/me", headers=world.as_("stranger"))).status == 401


async def test_an_administrator_sees_the_own_tenant_alone(client: Client, world: World) -> None:
    assert (await (await send(client, world, "GET", f"{TENANTS}/acme", "admin")).json())["name"] == "acme"
    others = [await send(client, world, "GET", f"{TENANTS}/{name}", "admin") for name in ("globex", "nobody")]
    texts = [(await each.json()) for each in others]
    assert [each.status for each in others] == [404, 404]
    assert [text["detail"] for text in texts] == ["Tenant 'globex' is unknown.", "Tenant 'nobody' is unknown."]
    for method, path in (
        ("GET", TENANTS),
        ("POST", TENANTS),
        ("PATCH", f"{TENANTS}/acme"),
        ("DELETE", f"{TENANTS}/acme"),
    ):
        assert (await send(client, world, method, path, "admin", name="x")).status == 403
    assert (await send(client, world, "GET", f"{TENANTS}/acme", "user")).status == 403


async def test_a_super_admin_sees_all_databases(client: Client, world: World) -> None:
    response = await send(client, world, "GET", "/api/v1/server/databases")
    assert await response.json() == {"databases": [{"name": name} for name in ("source", "target", "private")]}
    assert (await send(client, world, "GET", "/api/v1/server/databases", "admin")).status == 403
