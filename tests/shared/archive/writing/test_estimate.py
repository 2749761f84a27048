"""The estimate of an archive's size is never above the size."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings

from shared.archive.limits import ArchiveLimits
from shared.archive.writing.estimate import SAMPLE_ROWS, estimate_bytes
from shared.errors import UnsupportedValueError
from shared.graph import GraphCounts, GraphSample, NodeRow, PropertyValue, RelationshipRow
from tests.support.archives.making import Graph, Maker, graphs

NODES = 5000


def estimate(nodes: list[NodeRow], relationships: list[RelationshipRow]) -> int:
    counts = GraphCounts(nodes=len(nodes), relationships=len(relationships))
    sample = GraphSample(counts=counts, nodes=nodes[:SAMPLE_ROWS], relationships=relationships[:SAMPLE_ROWS])
    return estimate_bytes(sample, ArchiveLimits())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(graph=graphs())
async def test_small_graphs(maker: Maker, graph: Graph) -> None:
    path, _ = await maker.write(graph)
    assert estimate(list(graph.nodes), list(graph.relationships)) <= path.stat().st_size


def _noise(number: int) -> dict[str, PropertyValue]:
    return {"noise": random.Random(number).randbytes(60)}


SHAPES: dict[str, Callable[[int], dict[str, PropertyValue]]] = {
    "bare": lambda _: {},
    "numbered": lambda number: {"name": f"element {number}", "line": number},
    "constant": lambda _: {"text": "the same long text, again and again. " * 40},
    "noise": _noise,
    "mixed": lambda number: {"text": "x" * (number % 50 * 100), "number": number},
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_large_graphs(maker: Maker, shape: str) -> None:
    make = SHAPES[shape]
    chance = random.Random(1)
    nodes: list[NodeRow] = [(number, ["Item"], make(number)) for number in range(NODES)]
    relationships: list[RelationshipRow] = [
        (number, chance.randrange(NODES), chance.randrange(NODES), "NEXT", make(number)) for number in range(NODES)
    ]
    relationships.sort(key=lambda row: (row[1], row[0]))
    path, _ = await maker.write(Graph(nodes, relationships))
    size, least = path.stat().st_size, estimate(nodes, relationships)
    assert least <= size
    if shape in ("numbered", "noise"):
        assert least > size / 8


def test_nothing_takes_nothing() -> None:
    assert estimate([], []) == 0


def test_a_value_that_no_archive_carries_is_named() -> None:
    counts = GraphCounts(nodes=1, relationships=0)
    sample = GraphSample(counts=counts, nodes=[(0, ["A"], {"x": "y" * 100})], relationships=[])
    with pytest.raises(UnsupportedValueError, match="10"):
        estimate_bytes(sample, ArchiveLimits(token_bytes=10))
