"""Thousands of applications are listed by their names at once; counts come for those named, as they are known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from gateway.dialects.native.databases import endpoints, silences
from shared.ports.graph_source import MOST_COUNTED
from tests.gateway.conftest import Client, World
from tests.support.memory.graph.source import MemorySource

BASE = "/api/v1/databases/source/applications"
APPLICATIONS = 3001
NAMES = [f"App{number:04}" for number in range(APPLICATIONS)]


@pytest.fixture
def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Fill the database; note what it is asked for."""
    for name in NAMES:
        world.databases["source"].add_node(["Application"], {"Name": name, "Version": "1.0.0", "Label": name})
    world.databases["source"].add_node([NAMES[0]])
    found: list[str] = []

    def watch(name: str) -> None:
        real = getattr(MemorySource, name)

        async def ask(self: MemorySource, *arguments: Any) -> Any:
            found.append(name)
            return await real(self, *arguments)

        monkeypatch.setattr(MemorySource, name, ask)

    for name in ("read_catalogue", "count_nodes_of_each", "count_relationships_of_each", "count"):
        watch(name)
    return found


async def get(client: Client, world: World, query: str = "", caller: str = "admin") -> tuple[int, Any]:
    answer = await client.get(f"{BASE}{query}", headers=world.as_(caller))
    return answer.status, await answer.json()


async def test_names_cost_one_question_however_many_there_are(client: Client, world: World, asked: list[str]) -> None:
    _, told = await get(client, world)
    assert {each["name"] for each in told["applications"]} == {*NAMES, "MyApp"}
    assert told["next_cursor"] is None
    assert asked == ["read_catalogue"]


async def test_a_part_in_sight_is_counted_by_few_questions_and_remembered(
    client: Client, world: World, asked: list[str]
) -> None:
    query = "?counts=true&" + "&".join(f"name={name}" for name in NAMES[:MOST_COUNTED])
    _, told = await get(client, world, query)
    assert [(each["nodes"], each["relationships"]) for each in told["applications"]] == [(1, 0), *[(0, 0)] * 49]
    assert all(each["counted"].endswith("Z") for each in told["applications"])
    assert [each for each in asked if each.startswith("count_")] == [
        "count_nodes_of_each",
        "count_relationships_of_each",
    ]
    asked.clear()
    assert (await get(client, world, query))[1] == told
    assert asked == ["read_catalogue"]
    world.databases["source"].add_node([NAMES[1]])
    _, told = await get(client, world, query)
    assert [each["nodes"] for each in told["applications"][:3]] == [1, 1, 0]


async def test_what_is_not_counted_in_time_is_unknown_until_it_is(
    client: Client, world: World, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on, real = asyncio.Event(), MemorySource.count_relationships_of_each

    async def count_slowly(self: MemorySource, labels: Sequence[str]) -> Sequence[int]:
        await may_go_on.wait()
        return await real(self, labels)

    monkeypatch.setattr(MemorySource, "count_relationships_of_each", count_slowly)
    monkeypatch.setattr(endpoints, "ANSWER_SECONDS", 0.5)
    query = f"?counts=true&name={NAMES[0]}"
    _, told = await get(client, world, query)
    assert [(each["nodes"], each["relationships"]) for each in told["applications"]] == [(1, None)]
    may_go_on.set()
    monkeypatch.setattr(endpoints, "ANSWER_SECONDS", 30.0)
    _, told = await get(client, world, query)
    assert [(each["nodes"], each["relationships"]) for each in told["applications"]] == [(1, 0)]
    assert asked.count("count_nodes_of_each") == 1


async def test_a_database_that_hangs_is_named_with_the_time_since(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(self: MemorySource) -> Any:
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(silences, "ANSWER_SECONDS", 0.1)
        patch.setattr(MemorySource, "read_catalogue", hang)
        (status, first), (_, second) = [await get(client, world, "?counts=true") for _ in range(2)]
    assert (status, first["code"]) == (503, "DATABASE_UNAVAILABLE")
    assert "Database 'source' has not answered within 0.1 seconds. So it has been since " in first["detail"]
    assert second["detail"] == first["detail"]
    assert (await get(client, world))[0] == 200


async def test_parts_follow_each_other_and_find_by_part_of_the_name(
    client: Client, world: World, asked: list[str]
) -> None:
    found, query = [], "?find=aPP01&limit=40"
    while query:
        _, told = await get(client, world, query)
        found += [each["name"] for each in told["applications"]]
        cursor = told["next_cursor"]
        query = f"?find=aPP01&limit=40&cursor={cursor}" if cursor else ""
    assert found == [each for each in NAMES if each.startswith("App01")]
    status, told = await get(client, world, "?limit=1&cursor=nonsense")
    assert (status, told["code"]) == (400, "INVALID_REQUEST")
    assert "App" not in str((await get(client, world, "?find=nowhere"))[1]["applications"])
