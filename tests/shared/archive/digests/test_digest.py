from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing

import pytest
import xxhash
from hypothesis import given, settings

from shared.archive.digests.digest import GraphDigest, OrdinalDigest
from shared.archive.digests.node_hashes import HASH_BYTES, HashTable
from shared.graph import NodeRow, Point, RelationshipRow
from tests.support.archives.making import Graph, batches, graphs, renumbered

BASE = Graph(
    nodes=[(0, ("A",), {"x": 1}), (1, ("A",), {"x": 1}), (2, ("B",), {"y": "b"})],
    relationships=[(0, 0, 2, "R", {"w": 1}), (1, 2, 1, "S", {})],
)


def digest_of(graph: Graph, size: int = 100) -> str:
    with closing(GraphDigest()) as digest:
        for nodes in batches(graph.nodes, size):
            digest.add_nodes(nodes)
        for relationships in batches(graph.relationships, size):
            digest.add_relationships(relationships)
        return digest.hexdigest()


def ordinal_digest_of(graph: Graph) -> str:
    digest = OrdinalDigest()
    digest.add_nodes(graph.nodes)
    digest.add_relationships(graph.relationships)
    return digest.hexdigest()


@settings(deadline=None)
@given(graphs())
def test_order_of_rows_labels_keys_does_not_matter(graph: Graph) -> None:
    rows = renumbered(graph)
    shuffled = Graph(
        nodes=[
            (i, labels[::-1], dict(reversed(list(p.items()))))
            for i, labels, p in random.sample(rows.nodes, len(rows.nodes))
        ],
        relationships=random.sample(rows.relationships, len(rows.relationships)),
    )
    assert digest_of(rows) == digest_of(shuffled, size=2)
    assert ordinal_digest_of(rows) == ordinal_digest_of(shuffled)


@pytest.mark.parametrize("srid", [4326, 4979, 7203, 9157])
def test_of_points_only_the_sign_of_a_longitude_of_zero_does_not_matter(srid: int) -> None:
    size = 3 if srid in (4979, 9157) else 2
    zeros = [
        Graph([(0, (), {"at": Point(srid, (x, *[y] * (size - 1)))})], []) for x in (0.0, -0.0) for y in (0.0, -0.0)
    ]
    assert len({digest_of(each) for each in zeros}) == 4
    assert len({ordinal_digest_of(each) for each in zeros}) == (2 if srid in (4326, 4979) else 4)


def _node(index: int, row: NodeRow) -> Callable[[Graph], Graph]:
    return lambda graph: Graph([*graph.nodes[:index], row, *graph.nodes[index + 1 :]], graph.relationships)


def _relationship(index: int, row: RelationshipRow) -> Callable[[Graph], Graph]:
    return lambda graph: Graph(graph.nodes, [*graph.relationships[:index], row, *graph.relationships[index + 1 :]])


@pytest.mark.parametrize(
    "change",
    [
        _node(0, (0, ("A",), {"x": 2})),
        _node(0, (0, ("A",), {"x": 1.0})),
        _node(0, (0, ("A",), {"x": True})),
        _node(0, (0, ("A",), {"x": "1"})),
        _node(0, (0, ("A",), {"z": 1})),
        _node(0, (0, ("A", "C"), {"x": 1})),
        _node(2, (2, (), {"y": "b"})),
        _relationship(0, (0, 0, 2, "S", {"w": 1})),
        _relationship(0, (0, 2, 0, "R", {"w": 1})),
        _relationship(0, (0, 0, 2, "R", {})),
        lambda graph: Graph(graph.nodes, graph.relationships[:1]),
        lambda graph: Graph(graph.nodes, [*graph.relationships, graph.relationships[0]]),
        lambda graph: Graph([*graph.nodes, (3, (), {})], graph.relationships),
    ],
)
def test_every_change_changes_both_digests(change: Callable[[Graph], Graph]) -> None:
    assert digest_of(change(BASE)) != digest_of(BASE)
    assert ordinal_digest_of(change(BASE)) != ordinal_digest_of(BASE)


def test_only_the_ordinal_digest_sees_a_relationship_moved_between_equal_nodes() -> None:
    moved = Graph(BASE.nodes, [(0, 1, 2, "R", {"w": 1}), BASE.relationships[1]])
    assert digest_of(moved) == digest_of(BASE)
    assert ordinal_digest_of(moved) != ordinal_digest_of(BASE)


def test_the_digest_is_the_one_of_the_document() -> None:
    """The definition in docs/archive-format.md, by hand."""
    text = ' labels=":A"><data key="labels">:A</data><data key="n.x.i">1</data></node>\n'
    node = xxhash.xxh3_128_digest(text.encode())
    edge = xxhash.xxh3_128_digest(node + node + b' label="R"><data key="label">R</data></edge>\n')
    total = (2 * int.from_bytes(node) + int.from_bytes(edge)) % 2**128
    assert digest_of(Graph(BASE.nodes[:2], [(0, 1, 0, "R", {})])) == f"{total:032x}"


def test_hashes_are_found_in_whatever_order_they_come() -> None:
    table = HashTable()
    each = [bytes([number % 256]) * HASH_BYTES for number in range(10_000)]
    table.put(1000, b"".join(each[1000:]))
    table.put(0, b"".join(each[:1000]))
    assert b"".join(table.find_all(range(10_000))) == b"".join(each)
    table.close()
