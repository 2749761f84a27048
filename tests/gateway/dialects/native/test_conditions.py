"""Changes of identity can be tied to the state that their caller has seen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.gateway.conftest import Client, World
from tests.gateway.dialects.native.test_jobs import submit
from tests.support.keys import make_key

API = "/api/v1"
MY_APP = {"database": "source", "application": "MyApp"}

Make = Callable[[Client, World], Awaitable[str]]


async def post(client: Client, world: World, path: str, **body: Any) -> Any:
    async with client.post(f"{API}/{path}", json=body, headers=world.as_("admin")) as answer:
        assert answer.status == 201, await answer.text()
        return {"etag": answer.headers["ETag"], **await answer.json()}


async def make_grant(client: Client, world: World) -> str:
    return f"grants/{(await post(client, world, 'grants', user='other', **MY_APP))['id']}"


async def make_key_of_user(client: Client, world: World) -> str:
    return f"keys/{(await post(client, world, 'keys', user='user'))['id']}"


async def a_user(client: Client, world: World) -> str:
    del client, world
    return "users/user"


async def a_tenant(client: Client, world: World) -> str:
    del client, world
    return "tenants/globex"


KINDS = pytest.mark.parametrize("make", [a_tenant, a_user, make_key_of_user, make_grant])
CHANGED = pytest.mark.parametrize(
    ("path", "change"),
    [
        ("tenants/globex", {"databases": ["source"]}),
        ("tenants/globex", {"limits": {"waiting_jobs": 3}}),
        ("users/user", {"disabled": True}),
        ("users/user", {"roles": ["importer"]}),
    ],
)


async def ask(client: Client, world: World, method: str, path: str, etag: str | None = None, **body: Any) -> Any:
    headers = {**world.as_("root"), "x-tenant-name": "acme", **({} if etag is None else {"If-Match": etag})}
    return await client.request(method, f"{API}/{path}", json=body or None, headers=headers)


async def read_etag(client: Client, world: World, path: str) -> str:
    answer = await ask(client, world, "GET", path)
    assert answer.status == 200, await answer.text()
    etag = answer.headers["ETag"]
    assert etag == f'"{(await answer.json())["version"]}"'
    return str(etag)


@KINDS
async def test_a_listing_names_the_version_that_one_alone_has(client: Client, world: World, make: Make) -> None:
    path = await make(client, world)
    etag = await read_etag(client, world, path)
    kind = path.partition("/")[0]
    listed = (await (await ask(client, world, "GET", kind + ("?user=*" if kind == "keys" else ""))).json())[kind]
    assert [each["version"] for each in listed].count(etag.strip('"')) == 1
    assert await read_etag(client, world, path) == etag


@KINDS
async def test_what_the_caller_has_is_not_shown_again(client: Client, world: World, make: Make) -> None:
    path = await make(client, world)
    seen = await read_etag(client, world, path)
    headers = {**world.as_("root"), "x-tenant-name": "acme"}
    for tags, status in ((f'"older", W/{seen}', 304), ('"older"', 200)):
        answer = await client.get(f"{API}/{path}", headers={**headers, "If-None-Match": tags})
        assert (answer.status, answer.headers["ETag"], await answer.read() == b"") == (status, seen, status == 304)
    assert (await ask(client, world, "GET", path, '"older"')).status == 412
    assert (await ask(client, world, "GET", path, seen)).status == 200


@CHANGED
async def test_a_change_of_what_was_seen_is_made_and_of_anything_else_refused(
    client: Client, world: World, path: str, change: Any
) -> None:
    seen = await read_etag(client, world, path)
    made = await ask(client, world, "PATCH", path, f'"other", {seen}', **change)
    assert made.status == 200
    now = await read_etag(client, world, path)
    assert made.headers["ETag"] == now != seen
    before = await (await ask(client, world, "GET", path)).json()
    late: dict[str, Any] = {"name": "late"} if "users" in path else {"databases": []}
    refused = await ask(client, world, "PATCH", path, seen, **late)
    problem = await refused.json()
    assert (refused.status, problem["code"], refused.headers["ETag"]) == (412, "PRECONDITION_FAILED", now)
    assert "Read it again" in problem["detail"]
    assert await (await ask(client, world, "GET", path)).json() == before
    assert (await ask(client, world, "PATCH", path, "*", **change)).status == 200
    assert (await ask(client, world, "PATCH", path, **change)).status == 200


@KINDS
async def test_only_what_was_seen_is_removed(client: Client, world: World, make: Make) -> None:
    path = await make(client, world)
    seen = await read_etag(client, world, path)
    for etag in ('"older"', f"W/{seen}", ""):
        assert (await ask(client, world, "DELETE", path, etag)).status == 412
    assert await read_etag(client, world, path) == seen
    assert (await ask(client, world, "DELETE", path, seen)).status == 204
    assert (await ask(client, world, "GET", path)).status == 404
    assert (await ask(client, world, "DELETE", path, seen)).status == 404


async def test_only_what_was_seen_is_rotated(client: Client, world: World) -> None:
    made = await post(client, world, "keys", user="user")
    path = f"keys/{made['id']}"
    assert (await ask(client, world, "POST", f"{path}/rotate", '"older"')).status == 412
    assert (await client.get(f"{API}/me", headers={"X-API-KEY": made["key"]})).status == 200
    rotated = await ask(client, world, "POST", f"{path}/rotate", made["etag"])
    assert rotated.status == 201
    assert rotated.headers["ETag"] == await read_etag(client, world, path) != made["etag"]
    assert (await client.get(f"{API}/me", headers={"X-API-KEY": made["key"]})).status == 401


async def test_the_use_of_a_key_is_no_change(client: Client, world: World) -> None:
    paths = ["users/user", f"keys/{make_key(text=world.keys['user']).id}"]
    seen = [await read_etag(client, world, path) for path in paths]
    assert (await client.get(f"{API}/me", headers=world.as_("user"))).status == 200
    assert [await read_etag(client, world, path) for path in paths] == seen


async def test_one_key_and_one_grant_are_shown_to_whom_the_listing_shows_them(client: Client, world: World) -> None:
    key = await make_key_of_user(client, world)
    grant = await make_grant(client, world)
    for path, caller, status in (
        (key, "user", 200),
        (key, "admin", 200),
        (key, "other", 404),
        (key, "stranger", 404),
        (grant, "admin", 200),
        (grant, "importer", 404),
        (grant, "user", 403),
        (grant, "stranger", 404),
    ):
        answer = await client.get(f"{API}/{path}", headers=world.as_(caller))
        assert answer.status == status, (path, caller)
        assert "gf_" not in await answer.text()


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ({"If-Match": '"seen"'}, 412),
        ({"If-None-Match": "*"}, 412),
        ({"If-Match": "*"}, 200),
        ({"If-None-Match": '"seen"'}, 200),
        ({"If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"}, 200),
    ],
)
async def test_a_change_of_what_has_no_version_is_not_tied_to_one(
    client: Client, world: World, conditions: dict[str, str], status: int
) -> None:
    job = await submit(world)
    headers = {**world.as_("user"), **conditions}
    answer = await client.patch(f"{API}/jobs/{job.id}", json={"status": "cancelled"}, headers=headers)
    assert (answer.status, (await world.jobs.get(job.id)).status == "cancelled") == (status, status == 200)
    assert "ETag" not in answer.headers
    assert (await client.get(f"{API}/jobs/{job.id}", headers=headers)).status == 200


async def test_who_may_not_change_it_is_told_that_first(client: Client) -> None:
    answer = await client.delete(f"{API}/strays/some", headers={"If-Match": '"seen"'})
    assert answer.status == 401
