"""Archives and users are listed in parts, and found by parts of their names; jobs by those of what they are about."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.conftest import Client, World
from tests.gateway.dialects.native.test_jobs import ids_seen, submit

COUNT = 12


async def list_all(client: Client, world: World, what: str, query: str) -> list[Any]:
    found, cursor = [], ""
    while True:
        answer = await client.get(f"/api/v1/{what}?limit=5{query}{cursor}", headers=world.as_("admin"))
        assert answer.status == 200
        page = await answer.json()
        assert len(page[what]) <= 5
        found += page[what]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def test_archives(client: Client, world: World) -> None:
    names = [f"Part {number:02}.zip" for number in range(COUNT)]
    for name in [*names, "other.zip"]:
        world.archives.put("acme", name, b"content")
    assert [each["name"] for each in await list_all(client, world, "archives", "&find=pART")] == names
    assert [each["name"] for each in await list_all(client, world, "archives", "&find=11")] == names[-1:]


async def test_users(client: Client, world: World) -> None:
    for number in range(COUNT):
        body = {"user": f"reader {number:02}", "name": f"Full Name {number}"}
        assert (await client.post("/api/v1/users", json=body, headers=world.as_("admin"))).status == 201
    found = await list_all(client, world, "users", "&find=READER")
    assert [each["user"] for each in found] == [f"reader {number:02}" for number in range(COUNT)]
    assert [each["user"] for each in await list_all(client, world, "users", "&find=full name 7")] == ["reader 07"]


async def test_jobs(client: Client, world: World) -> None:
    job = await submit(world)
    for text in ("yap", "MYAPP", "app.zip"):
        assert await ids_seen(client, world, "user", f"?find={text}") == [job.id]
    assert await ids_seen(client, world, "user", "?find=MyApps") == []


@pytest.mark.parametrize("query", ["limit=0", "limit=5001", "cursor=nonsense", "cursor=W10", "colour=red"])
@pytest.mark.parametrize("what", ["archives", "users", "databases/source/applications"])
async def test_a_wrong_query_is_refused(client: Client, world: World, what: str, query: str) -> None:
    answer = await client.get(f"/api/v1/{what}?{query}", headers=world.as_("admin"))
    assert answer.status == 400
