"""Tests of lines that become parameters: the same rows, and the same bytes on the wire, as the strict way gives."""

from __future__ import annotations

import random
from array import array
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.neo4j.packed import pack_nodes, pack_relationships
from shared.archive.limits import ArchiveLimits
from shared.archive.reading.document import LineDocument, StrictDocument
from shared.archive.reading.feed import LineFeed
from shared.archive.reading.packed_sink import PackedSink
from shared.archive.reading.sinks import RowSink
from shared.errors import InvalidArchiveError
from shared.graph import Date
from shared.packing.elements import PackedElements
from tests.support.archives.documents import document, mutated, rows_of
from tests.support.graphs import Graph, graphs
from tests.support.odd_values import ODD_VALUES
from tests.support.packing import WIRE, pack

LIMITS = ArchiveLimits()
IDS = memoryview(array("q", [70_000 + 300 * at for at in range(300)]))


def read_packed(content: bytes, piece: int = 1 << 20) -> tuple[PackedElements, PackedElements]:
    """Read a document by the codec."""
    sink = PackedSink(LIMITS, WIRE)
    feed = LineFeed(LineDocument("x", LIMITS, sink))
    nodes, relationships = sink.pop_nodes(), sink.pop_relationships()
    for at in range(0, len(content), piece):
        feed.feed(content[at : at + piece])
        nodes, relationships = nodes + sink.pop_nodes(), relationships + sink.pop_relationships()
    feed.close()
    return nodes + sink.pop_nodes(), relationships + sink.pop_relationships()


def read_strictly(content: bytes) -> tuple[Sequence[Any], Sequence[Any]]:
    """Read a document by the strict reader alone."""
    sink = RowSink()
    strict = StrictDocument("x", LIMITS, sink)
    strict.feed(content)
    strict.close()
    return sink.nodes, sink.relationships


def require_equal(content: bytes, piece: int = 1 << 20) -> None:
    nodes, edges = read_packed(content, piece)
    strict_nodes, strict_edges = read_strictly(content)
    assert repr(list(nodes)) == repr(strict_nodes)
    assert repr(list(edges)) == repr(strict_edges)
    assert nodes.labels >= {label for row in strict_nodes for label in row[1]}
    assert pack_nodes(nodes).content == pack([[list(row[1]), _sorted(row[2])] for row in strict_nodes])
    sent = [[IDS[row[1]], IDS[row[2]], row[3], _sorted(row[4])] for row in strict_edges]
    assert pack_relationships(edges, IDS).content == pack(sent)


def _sorted(properties: dict[str, Any]) -> dict[str, Any]:
    """In the order of a document, which is that of the names."""
    return dict(sorted(properties.items()))


@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(1, 3), st.sampled_from([1, 64, 333, 100_000]))
def test_graphs_are_packed_as_the_driver_packs_them(graph: Graph, copies: int, piece: int) -> None:
    require_equal(document(*rows_of(graph, copies)), piece)


def test_each_odd_value_is_packed_as_the_driver_packs_it() -> None:
    nodes: list[Any] = [[at, ["L", "a:b"], {"k": value, "n": 1}] for at, value in enumerate(ODD_VALUES * 2)]
    edges: list[Any] = [[at, 0, 1, "T%s", {"k": value}] for at, value in enumerate(ODD_VALUES * 2)]
    require_equal(document(nodes, edges))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-200, 200) | st.integers(-40_000, 40_000)),
    st.lists(st.floats(allow_nan=False)),
    st.lists(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('&<>\r\n"\\\0'))),
    st.integers(0, 300),
)
def test_values_are_packed_as_short_as_they_go(
    numbers: list[int], floats: list[float], texts: list[str], size: int
) -> None:
    values = {"i": numbers, "f": floats, "s": texts, "t": "x" * size, "b": [True, False] * size, "z": size > 9}
    values |= {f"k{at}": each for at, each in enumerate([*numbers, *floats, *texts])}
    require_equal(document([[at, [], values] for at in range(2)], []))


def test_a_part_of_them_is_what_a_list_gives() -> None:
    nodes: list[Any] = [[at, ["L"], {"a": "x" * at, "d": Date(at)}] for at in range(40)]
    edges: list[Any] = [[at, at, 39 - at, "T", {"a": at}] for at in range(40)]
    for packed in read_packed(document(nodes, edges), 500):
        rows = list(packed)
        for part in (slice(0, 9), slice(9, 30), slice(30, None), slice(5, 5), slice(None)):
            assert list(packed[part]) == rows[part]
        assert list(packed[3:9] + packed[9:11]) == rows[3:11]
        assert packed[7] == rows[7]
        assert packed[10:20][3:5].as_list() == packed[13:15].as_list()


def test_they_are_counted_on_where_an_import_has_several_applications() -> None:
    nodes, edges = read_packed(document([[0, [], {}], [1, [], {}]], [[0, 0, 1, "T", {}], [1, 1, 0, "T", {}]]))
    assert [row[0] for row in nodes.shifted(5).shifted(2)] == [7, 8]
    assert [row[:3] for row in edges.shifted(7)] == [(0, 7, 8), (1, 8, 7)]
    assert pack_relationships(edges.shifted(7), IDS).content == pack(
        [[IDS[7], IDS[8], "T", {}], [IDS[8], IDS[7], "T", {}]]
    )
    with pytest.raises(IndexError):
        pack_relationships(edges.shifted(299), IDS)


def outcome(read: Any, content: bytes) -> object:
    """The rows, or why there are none."""
    try:
        return [repr(list(rows)) for rows in read(content)]
    except InvalidArchiveError as error:
        return str(error), error.line


def test_mutated_documents_are_read_as_the_strict_way_reads_them() -> None:
    nodes: list[Any] = [[at, ["L"][: at % 2], {"a": at, "f": at / 4, "l": ["x"], "s": f"x{at}\n"}] for at in range(9)]
    edges: list[Any] = [[at, at, 0, "T", {"a": [at, 1], "d": Date(at)}] for at in range(6)]
    content, chance = document(nodes, edges), random.Random(19)
    for _ in range(400):
        changed = mutated(content, chance)
        assert outcome(read_packed, changed) == outcome(read_strictly, changed)
