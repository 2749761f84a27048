"""Everybody handles own keys, an ADMIN those of the tenant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse

from shared.api_keys import hash_key, is_well_formed
from tests.gateway.conftest import Client, World

KEYS = "/api/v1/keys"
ME = "/api/v1/me"


async def send(
    client: Client, world: World, method: str, path: str, caller: str = "user", **body: Any
) -> ClientResponse:
    return await client.request(method, path, json=body or None, headers=world.as_(caller))


async def create(client: Client, world: World, caller: str = "user", **body: Any) -> dict[str, Any]:
    response = await client.post(KEYS, json=body, headers=world.as_(caller))
    made: dict[str, Any] = await response.json()
    assert response.status == 201, made
    return made


async def listed(client: Client, world: World, query: str = "", caller: str = "user") -> list[dict[str, Any]]:
    response = await send(client, world, "GET", KEYS + query, caller)
    assert response.status == 200
    keys: list[dict[str, Any]] = (await response.json())["keys"]
    return keys


async def status_with(client: Client, text: str) -> int:
    return (await client.get(ME, headers={"X-API-KEY": text})).status


async def test_a_key_is_made_shown_once_and_revoked(client: Client, world: World) -> None:
    made = await create(client, world, name="für CI")
    text = made.pop("key")
    assert is_well_formed(text)
    assert (made["user"], made["name"], made["last_four"], made["expires"]) == ("user", "für CI", text[-4:], None)
    assert await status_with(client, text) == 200
    keys = await listed(client, world)
    assert len(keys) == 2
    assert all("key" not in key for key in keys)
    shown = {**next(key for key in keys if key["id"] == made["id"]), "last_used": None}
    assert shown == made
    assert (await send(client, world, "DELETE", f"{KEYS}/{made['id']}")).status == 204
    assert await status_with(client, text) == 401
    assert (await send(client, world, "DELETE", f"{KEYS}/{made['id']}")).status == 404


async def test_a_key_is_known_by_its_hash_alone(client: Client, world: World) -> None:
    text = (await create(client, world))["key"]
    assert text not in repr(await world.identity.list_keys("acme"))
    assert await world.identity.find_key(hash_key(text)) is not None


async def test_a_rotated_key_ends_at_once_and_keeps_what_it_was(client: Client, world: World) -> None:
    soon = datetime.now(UTC) + timedelta(days=7)
    made = await create(client, world, name="CI", expires=soon.isoformat())
    response = await send(client, world, "POST", f"{KEYS}/{made['id']}/rotate")
    new = await response.json()
    assert response.status == 201
    assert (new["id"], new["name"], new["user"]) == (made["id"], "CI", "user")
    assert abs(datetime.fromisoformat(new["expires"]) - soon) < timedelta(minutes=1)
    assert [await status_with(client, made["key"]), await status_with(client, new["key"])] == [401, 200]


async def test_a_key_that_rotates_itself_ends_with_the_answer(client: Client, world: World) -> None:
    (own,) = await listed(client, world)
    new = await (await send(client, world, "POST", f"{KEYS}/{own['id']}/rotate")).json()
    assert await status_with(client, world.keys["user"]) == 401
    assert await status_with(client, new["key"]) == 200


async def test_a_key_expires(client: Client, world: World) -> None:
    assert (await send(client, world, "POST", KEYS, expires="2020-01-01T00:00:00Z")).status == 400
    assert (await send(client, world, "POST", KEYS, expires="2127-01-01T00:00:00")).status == 400  # where?
    made = await create(client, world, expires="2127-01-01T00:00:00+02:00")
    assert made["expires"] == "2126-12-31T22:00:00.000Z"


async def test_an_administrator_handles_the_keys_of_the_tenant(client: Client, world: World) -> None:
    made = await create(client, world, "admin", user="user")
    assert made["user"] == "user"
    assert [key["id"] for key in await listed(client, world, "?user=user", "admin")][-1] == made["id"]
    users = {key["user"] for key in await listed(client, world, "?user=*", "admin")}
    assert users == {"admin", "architect", "supervisor", "importer", "user", "other"}
    assert [key["user"] for key in await listed(client, world, caller="admin")] == ["admin"]
    assert (await send(client, world, "POST", f"{KEYS}/{made['id']}/rotate", "admin")).status == 201
    assert (await send(client, world, "DELETE", f"{KEYS}/{made['id']}", "admin")).status == 204
    assert (await send(client, world, "POST", KEYS, "admin", user="nobody")).status == 404


@pytest.mark.parametrize("caller", ["user", "importer", "supervisor"])
async def test_others_handle_their_own_alone(client: Client, world: World, caller: str) -> None:
    (other,) = await listed(client, world, caller="other")
    for query in ("?user=other", "?user=*"):
        assert (await send(client, world, "GET", KEYS + query, caller)).status == 403
    assert (await send(client, world, "POST", KEYS, caller, user="other")).status == 403
    assert len(await listed(client, world, f"?user={caller}", caller)) == 1
    answers = []
    for key_id in (other["id"], "0" * len(other["id"])):
        for method, path in (("DELETE", f"{KEYS}/{key_id}"), ("POST", f"{KEYS}/{key_id}/rotate")):
            response = await send(client, world, method, path, caller)
            answers.append({**await response.json(), "request_id": "", "trace_id": ""})
            assert answers[-1].pop("detail") == f"Key {key_id!r} is unknown."
    assert all(answer == answers[0] for answer in answers)
    assert await status_with(client, world.keys["other"]) == 200


async def test_another_tenants_keys_are_unknown_to_an_administrator(client: Client, world: World) -> None:
    (key,) = await listed(client, world, caller="stranger")
    assert (await send(client, world, "DELETE", f"{KEYS}/{key['id']}", "admin")).status == 404
    assert await listed(client, world, "?user=stranger", "admin") == []
    (root,) = await listed(client, world, caller="root")
    assert (await send(client, world, "DELETE", f"{KEYS}/{root['id']}", "admin")).status == 404


async def test_a_super_admin_has_own_keys_and_handles_those_of_a_named_tenant(client: Client, world: World) -> None:
    made = await create(client, world, "root")
    assert made["user"] == "root"
    named = {**world.as_("root"), "x-tenant-name": "globex"}
    response = await client.get(f"{KEYS}?user=*", headers=named)
    assert [key["user"] for key in (await response.json())["keys"]] == ["stranger"]
    response = await client.get(KEYS, headers=named)
    assert {key["user"] for key in (await response.json())["keys"]} == {"root"}
    assert (await client.delete(f"{KEYS}/{made['id']}", headers=named)).status == 204
    assert (await client.post(KEYS, json={"user": "stranger"}, headers=named)).status == 201
