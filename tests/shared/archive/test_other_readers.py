from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import igraph
import networkx as nx
import pytest

from shared.graph import Date, NodeRow
from shared.settings.databases import DatabaseSettings
from tests.support.archives.arrivals import tell
from tests.support.archives.making import ENTRY, Graph, Maker
from tests.support.tools.jgrapht import JGraphT, JGraphTError
from tests.support.tools.procedures import read_document

GRAPH = Graph(
    nodes=[
        (10, ["Object", "Class"], {"name": "a <&> b", "size": 2**40, "ratio": 1.5, "ok": True}),
        (11, ["Object"], {"name": "line\nbreak é😀", "born": Date(0), "tags": ["x", "y"]}),
        (12, ["with:colon"], {}),
    ],
    relationships=[
        (0, 10, 11, "CALLS", {"line": 12, "source": "s", "target": "t"}),
        (1, 10, 11, "CALLS", {"line": 13}),
        (2, 12, 10, "HAS", {"weight": 0.25}),
    ],
)


@pytest.fixture
async def document(maker: Maker) -> Path:
    return await extract(maker, GRAPH)


async def extract(maker: Maker, graph: Graph) -> Path:
    path, _ = await maker.write(graph)
    extracted = path.with_suffix(".graphml")
    with zipfile.ZipFile(path) as archive:
        extracted.write_bytes(archive.read(ENTRY))
    return extracted


def test_networkx_reads_labels_types_counts(document: Path) -> None:
    graph = nx.read_graphml(document, force_multigraph=True)
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (3, 3)
    assert graph.is_directed()
    first = graph.nodes["n0"]
    assert (first["name"], first["size"], first["ratio"], first["ok"]) == ("a <&> b", 2**40, 1.5, True)
    assert [type(first[key]) for key in ("size", "ratio", "ok")] == [int, float, bool]
    second = graph.nodes["n1"]
    assert (second["labels"], second["name"]) == (":Object", "line\nbreak é😀")
    assert (second["born"], second["tags"]) == ("1970-01-01", '["x","y"]')
    labels = [data["label"] for *_, data in graph.edges(data=True)]
    assert sorted(labels) == ["CALLS", "CALLS", "HAS"]


async def test_networkx_reads_a_property_of_two_types(maker: Maker) -> None:
    graph = Graph([(0, ["A"], {"x": 1}), (1, ["A"], {"x": "one"}), (2, ["A"], {"x": [1, 2]})], [])
    read = nx.read_graphml(await extract(maker, graph))
    assert [read.nodes[node]["x"] for node in ("n0", "n1", "n2")] == [1, "one", "[1,2]"]


def test_igraph_reads_labels_types_counts(document: Path) -> None:
    graph = igraph.Graph.Read_GraphML(str(document))
    assert (graph.vcount(), graph.ecount(), graph.is_directed()) == (3, 3, True)
    assert graph.vs[1]["labels"] == ":Object"
    assert graph.vs[0]["name"] == "a <&> b"
    assert graph.vs[0]["ratio"] == 1.5
    assert graph.es[1]["label"] == "CALLS"
    assert graph.es[2]["weight"] == 0.25
    assert [graph.es[0].source, graph.es[0].target] == [0, 1]


EQUAL = Graph(
    nodes=[
        (0, ["A", "B c"], {"text": "a <&> b\n \u65e5", "size": -(2**63), "ratio": 0.1, "ok": False, "empty": ""}),
        (1, [], {}),
        (2, ["A"], {"text": "\U0001f600", "size": 7, "big": 1e300}),
    ],
    relationships=[
        (0, 0, 2, "KNOWS", {"since": 1999, "weight": 2.5, "ok": True, "text": "x"}),
        (1, 0, 2, "KNOWS", {}),
        (2, 2, 2, "HAS A", {"text": ""}),
    ],
)
"""What every reader of the field can hold."""
LISTS = Graph(
    nodes=[(0, ["A"], {"words": ["x", "\u00fc"], "sizes": [1, -(2**53)], "ratios": [0.5, 2.0], "oks": [True, False]})],
    relationships=[],
)
OUTSIDE_THE_SCHEMA = re.compile(r' (xmlns:f|f:[a-z]+|labels|label|attr\.list)="[^"]*"')
NAMED_SCHEMA = (
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns extended.xsd"'
)


def labels_text(row: NodeRow) -> dict[str, str]:
    return {"labels": "".join(f":{label}" for label in sorted(row[1]))} if row[1] else {}


def without_empty(values: Mapping[str, object]) -> dict[str, object]:
    """Leave out the empty texts, of which JGraphT makes nothing."""
    return {key: value for key, value in values.items() if value != ""}


async def test_networkx_igraph_and_jgrapht_read_equal_graphs(maker: Maker, jgrapht: JGraphT) -> None:
    document = await extract(maker, EQUAL)
    nodes = [{**labels_text(row), **row[2]} for row in EQUAL.nodes]
    edges = [(f"n{row[1]}", f"n{row[2]}", {"label": row[3], **row[4]}) for row in EQUAL.relationships]
    by_networkx = nx.read_graphml(document, force_multigraph=True)
    assert [data for _, data in by_networkx.nodes(data=True)] == nodes
    assert [
        (start, end, {key: data[key] for key in data if key != "id"})
        for start, end, data in by_networkx.edges(data=True)
    ] == edges
    read = jgrapht.read(document, validating=False)
    assert read.counts == (3, 3)
    assert [read.nodes[f"n{number}"] for number in range(3)] == [
        {"ID": f"n{number}", **without_empty(each)} for number, each in enumerate(nodes)
    ]
    assert read.edges == [(start, end, without_empty(data)) for start, end, data in edges]
    by_igraph = igraph.Graph.Read_GraphML(str(document))
    for name in ("text", "size", "ratio", "labels"):
        having = [(number, node[name]) for number, node in enumerate(nodes) if name in node]
        assert [by_igraph.vs[number][name] for number, _ in having] == [value for _, value in having]
    assert [(f"n{each.source}", f"n{each.target}", each["label"]) for each in by_igraph.es] == [
        (start, end, data["label"]) for start, end, data in edges
    ]


async def test_but_for_attributes_of_its_dialect_a_document_is_valid(maker: Maker, jgrapht: JGraphT) -> None:
    """The schema knows no labels, types and lists, neither the procedure library's attributes for them nor ours."""
    document = await extract(maker, EQUAL)
    with pytest.raises(JGraphTError, match="'f:version' is not allowed to appear in element 'graphml'"):
        jgrapht.read(document, validating=True)
    lenient = jgrapht.read(document, validating=False)
    document.write_text(OUTSIDE_THE_SCHEMA.sub("", document.read_text()))
    assert jgrapht.read(document, validating=True) == lenient


@pytest.mark.parametrize(
    ("name", "attribute"),
    [("a", "labels"), ("a", "attr.list"), ("a b", None)],
)
async def test_one_of_them_is_enough_to_be_refused_and_so_is_a_name_that_is_no_token(
    maker: Maker, jgrapht: JGraphT, name: str, attribute: str | None
) -> None:
    """Whatever schema a document names: JGraphT asks its own alone."""
    graph = Graph(nodes=[(0, ["A:b"], {name: ["x"], "born": Date(0)})], relationships=[(0, 0, 0, "B\x01", {})])
    document = await extract(maker, graph)
    text = OUTSIDE_THE_SCHEMA.sub(lambda found: found[0] * (found[1] in ("xmlns:f", attribute)), document.read_text())
    document.write_text(text.replace("<graphml ", f"<graphml {NAMED_SCHEMA} ", 1))
    refused = "'a b' is not a valid value for 'NMTOKEN'" if attribute is None else f"Attribute '{attribute}' is not"
    with pytest.raises(JGraphTError, match=refused):
        jgrapht.read(document, validating=True)


@pytest.mark.parametrize("graph", [EQUAL, LISTS], ids=["scalars", "lists"])
async def test_the_server_s_procedure_reads_equal_graphs(
    maker: Maker, neo4j_526: DatabaseSettings, graph: Graph
) -> None:
    document = await extract(maker, graph)
    expected = tell(graph.nodes, [row[1:] for row in graph.relationships])
    assert read_document(neo4j_526, document, read_labels=True) == expected
