from __future__ import annotations

import zipfile
from pathlib import Path

import igraph
import networkx as nx
import pytest

from shared.graph import Date
from tests.support.archives.making import ENTRY, Graph, Maker

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
