"""Users are their tenant's ADMIN's to make and change, and each change counts at the next request."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from aiohttp import ClientResponse

from tests.gateway.conftest import Client, World

USERS = "/api/v1/users"
KEYS = "/api/v1/keys"


async def send(
    client: Client, world: World, method: str, path: str, caller: str = "admin", **body: Any
) -> ClientResponse:
    return await client.request(method, path, json=body or None, headers=world.as_(caller))


async def make_key_for(client: Client, world: World, user: str) -> dict[str, str]:
    response = await send(client, world, "POST", KEYS, user=user)
    assert response.status == 201
    return {"X-API-KEY": (await response.json())["key"]}


async def test_a_user_is_made_shown_changed_and_removed(client: Client, world: World) -> None:
    made = await send(client, world, "POST", USERS, user="a/nn ü", roles=["importer"], name="Ann")
    assert made.status == 201
    path = made.headers["Location"].removeprefix("https://ferry.example/base")
    assert path == f"{USERS}/a%2Fnn%20%C3%BC"
    body = await made.json()
    assert body.pop("created").endswith("Z")
    assert made.headers["ETag"] == f'"{body.pop("version")}"'
    assert body == {"user": "a/nn ü", "name": "Ann", "roles": ["importer"], "disabled": False, "last_used": None}
    changed = await send(client, world, "PATCH", path, roles=["ADMIN", "supervisor:pf"], disabled=True)
    assert {**await changed.json(), "created": "", "version": ""} == {
        **body, "roles": ["ADMIN", "supervisor:pf"], "disabled": True, "created": "", "version": ""
    }  # fmt: skip
    assert (await (await send(client, world, "GET", path)).json())["disabled"] is True
    assert (await send(client, world, "DELETE", path)).status == 204
    assert (await send(client, world, "GET", path)).status == 404
    listed = (await (await send(client, world, "GET", USERS)).json())["users"]
    assert [user["user"] for user in listed] == ["admin", "architect", "importer", "other", "supervisor", "user"]
    assert [user["user"] for user in listed if user["last_used"] is not None] == ["admin"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"user": "*"}, "*"),
        ({"user": "a:b"}, "a:b"),
        ({"user": ""}, "''"),
        ({"user": "x" * 201}, "xxx"),
        ({"user": "new", "roles": ["king"]}, "king"),
        ({"user": "new", "roles": ["SUPER_ADMIN"]}, "SUPER_ADMIN"),
        ({"roles": []}, "user"),
        ({"user": "new", "tenant": "globex"}, "tenant"),
    ],
)
async def test_a_wrong_user_is_refused_by_name(client: Client, world: World, body: Any, named: str) -> None:
    response = await client.post(USERS, json=body, headers=world.as_("admin"))
    assert response.status == 400
    assert named in (await response.json())["detail"]
    assert await world.identity.get_user("acme", "new") is None


async def test_a_user_is_the_same_in_every_normal_form(client: Client, world: World) -> None:
    composed, decomposed = "Jos\u00e9", "Jose\u0301"
    made = await send(client, world, "POST", USERS, user=decomposed)
    assert (made.status, (await made.json())["user"]) == (201, composed)
    for each in (composed, decomposed):
        assert (await send(client, world, "POST", USERS, user=each)).status == 409
        shown = await send(client, world, "GET", f"{USERS}/{each}")
        assert (shown.status, (await shown.json())["user"]) == (200, composed)
    key = (await make_key_for(client, world, decomposed))["X-API-KEY"]
    for each, status in ((composed, 200), (decomposed, 200), ("Jose", 401)):
        basic = base64.b64encode(f"{each}:{key}".encode()).decode()
        assert (await client.get("/api/v1/me", headers={"Authorization": f"Basic {basic}"})).status == status
    assert (await send(client, world, "PATCH", f"{USERS}/{decomposed}", disabled=True)).status == 200
    assert (await client.get("/api/v1/me", headers={"X-API-KEY": key})).status == 401
    assert (await send(client, world, "DELETE", f"{USERS}/{decomposed}")).status == 204


async def test_nobody_becomes_super_admin_by_a_change(client: Client, world: World) -> None:
    assert (await send(client, world, "PATCH", f"{USERS}/user", roles=["SUPER_ADMIN"])).status == 400


async def test_a_name_is_taken_once_in_a_tenant(client: Client, world: World) -> None:
    assert (await send(client, world, "POST", USERS, user="user")).status == 409
    assert (await send(client, world, "POST", USERS, "stranger", user="user")).status == 201


async def test_roles_count_from_the_next_request(client: Client, world: World) -> None:
    assert (await client.get(USERS, headers=world.as_("user"))).status == 403
    await send(client, world, "PATCH", f"{USERS}/user", roles=["ADMIN"])
    assert (await client.get(USERS, headers=world.as_("user"))).status == 200
    await send(client, world, "PATCH", f"{USERS}/user", roles=[])
    assert (await client.get(USERS, headers=world.as_("user"))).status == 403


async def test_who_is_disabled_or_removed_is_out_at_the_next_request(client: Client, world: World) -> None:
    async def status() -> int:
        return (await client.get("/api/v1/me", headers=world.as_("user"))).status

    await send(client, world, "PATCH", f"{USERS}/user", disabled=True)
    assert await status() == 401
    await send(client, world, "PATCH", f"{USERS}/user", disabled=False)
    assert await status() == 200
    await send(client, world, "DELETE", f"{USERS}/user")
    assert await status() == 401
    await send(client, world, "POST", USERS, user="user")
    assert await status() == 401


async def test_another_tenants_user_is_unknown(client: Client, world: World) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        bodies = []
        for name in ("stranger", "nobody"):
            response = await send(client, world, method, f"{USERS}/{name}", roles=[])
            assert response.status == 404
            bodies.append({**await response.json(), "request_id": "", "trace_id": ""})
        assert bodies[0] == {**bodies[1], "detail": "User 'stranger' is unknown."}
    assert (await send(client, world, "POST", KEYS, user="stranger")).status == 404


@pytest.mark.parametrize("caller", ["user", "importer", "supervisor"])
async def test_users_are_for_administrators(client: Client, world: World, caller: str) -> None:
    for method, path in (("GET", USERS), ("POST", USERS), ("GET", f"{USERS}/{caller}"), ("PATCH", f"{USERS}/{caller}")):
        assert (await send(client, world, method, path, caller, user="x")).status == 403


async def test_a_super_admin_names_the_tenant(client: Client, world: World) -> None:
    assert (await send(client, world, "GET", USERS, "root")).status == 400
    response = await client.get(USERS, headers={**world.as_("root"), "x-tenant-name": "globex"})
    assert [user["user"] for user in (await response.json())["users"]] == ["stranger"]
