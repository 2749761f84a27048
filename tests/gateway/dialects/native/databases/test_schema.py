"""The schema of an application tells its labels, types, patterns and properties."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.dialects.native.databases import counting
from gateway.dialects.native.databases.schema import KeyFacts, describe
from shared.graph import GraphCounts, GraphShapes, NodeShape, RelationshipShape
from tests.gateway.conftest import Client, World
from tests.support.memory.graph.source import MemorySource

BASE = "/api/v1/databases/source/applications"
CLASS, METHOD = frozenset({"Class", "Object"}), frozenset({"Method", "Object"})
SHAPES = GraphShapes(
    counts=GraphCounts(nodes=60, relationships=40),
    nodes=[
        NodeShape(labels=CLASS, keys={"name": "STRING"}, count=20),
        NodeShape(labels=CLASS, keys={"name": "INTEGER", "size": "FLOAT"}, count=10),
        NodeShape(labels=METHOD, keys={}, count=30),
    ],
    relationships=[
        RelationshipShape(
            type="HAS", start_labels=CLASS, end_labels=frozenset({"Method"}), keys={"at": "DATE"}, count=30
        ),
        RelationshipShape(type="CALLS", start_labels=METHOD, end_labels=frozenset(), keys={}, count=10),
    ],
)


def test_all_is_counted_exactly_where_all_was_seen() -> None:
    schema = describe(SHAPES)
    assert not schema.sampled
    assert schema.labels == {"Object": 60, "Class": 30, "Method": 30}
    assert schema.types == {"HAS": 30, "CALLS": 10}
    assert schema.patterns == {("Class", "HAS", "Method"): 30, ("Object", "HAS", "Method"): 30}
    assert KeyFacts(owner="Class", key="name", types=["INTEGER", "STRING"], count=30) in schema.label_keys
    assert KeyFacts(owner="Object", key="size", types=["FLOAT"], count=10) in schema.label_keys
    assert schema.type_keys == [KeyFacts(owner="HAS", key="at", types=["DATE"], count=30)]


def test_a_sample_is_raised_to_the_whole() -> None:
    counts = GraphCounts(nodes=6000, relationships=40)
    schema = describe(GraphShapes(counts=counts, nodes=SHAPES.nodes, relationships=SHAPES.relationships))
    assert (schema.sampled, schema.counts) == (True, counts)
    assert (schema.labels["Class"], schema.types["HAS"]) == (3000, 30)


def test_nothing_has_no_schema() -> None:
    schema = describe(GraphShapes(counts=GraphCounts(nodes=0, relationships=0), nodes=[], relationships=[]))
    assert (schema.sampled, schema.labels, schema.patterns, schema.label_keys) == (False, {}, {}, [])


async def get(client: Client, world: World, path: str) -> tuple[int, Any]:
    answer = await client.get(f"{BASE}{path}", headers=world.as_("user"))
    return answer.status, await answer.json()


async def test_it_is_told_over_http(client: Client, world: World) -> None:
    data = world.databases["source"]
    other = data.add_node(["MyApp", "Thing"], {"sizes": [1, 2]})
    data.add_relationship(next(iter(data.content("MyApp"))), other, "KNOWS", {"since": 2020})
    assert await get(client, world, "/MyApp/schema?version=2.1.0") == (
        200,
        {
            "name": "MyApp",
            "version": "2.1.0",
            "nodes": 2,
            "relationships": 1,
            "sampled": False,
            "labels": [{"label": "Object", "count": 1}, {"label": "Thing", "count": 1}],
            "types": [{"type": "KNOWS", "count": 1}],
            "patterns": [{"from": "Object", "type": "KNOWS", "to": "Thing", "count": 1}],
            "properties": [
                {"label": "Object", "key": "name", "types": ["STRING"], "count": 1},
                {"label": "Thing", "key": "sizes", "types": ["LIST<INTEGER>"], "count": 1},
                {"type": "KNOWS", "key": "since", "types": ["INTEGER"], "count": 1},
            ],
        },
    )


async def test_what_is_not_there_has_none(client: Client, world: World) -> None:
    for path in ("/Other/schema", "/MyApp/schema?version=1.0.0"):
        status, told = await get(client, world, path)
        assert (status, told["code"]) == (404, "APPLICATION_UNKNOWN")


async def test_applications_are_counted_where_that_is_wanted(client: Client, world: World) -> None:
    _, told = await get(client, world, "?counts=true")
    assert [(each["name"], each["nodes"], each["relationships"]) for each in told["applications"]] == [("MyApp", 1, 0)]
    _, told = await get(client, world, "?counts=false")
    assert "nodes" not in told["applications"][0]


async def test_a_server_that_takes_too_long_is_not_waited_for(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def count(self: MemorySource, label: str) -> GraphCounts:
        raise TimeoutError

    monkeypatch.setattr(MemorySource, "count", count)
    monkeypatch.setattr(counting, "PATIENCE_SECONDS", 0.0)
    status, told = await get(client, world, "/MyApp/schema")
    assert (status, told["code"]) == (503, "DATABASE_UNAVAILABLE")
