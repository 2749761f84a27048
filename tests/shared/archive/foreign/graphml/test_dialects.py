"""Documents tell whose they are."""

from __future__ import annotations

from pathlib import Path

import igraph
import networkx as nx
import pytest

from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.foreign.graphml.document import ForeignDocument
from shared.archive.limits import ArchiveLimits
from tests.support.archives.foreign import HEAD, document, read_foreign, zipped
from tests.support.archives.writers import OTHERS, PROCEDURES

BOOST = 'parse.nodeids="canonical" parse.edgeids="canonical" edgedefault="directed"'
JGRAPHT = '<key id="key0" for="node" attr.name="size" attr.type="int"/>'
OURS = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:f="urn:graphferry:graphml" f:version="1">'


def dialect_of(text: str) -> str:
    parser = ForeignDocument("x.graphml", ArchiveLimits(), ForeignDefaults())
    parser.feed(text.encode())
    parser.close()
    return parser.dialect


def written_by_networkx() -> str:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("a", size=1)
    return "\n".join(nx.generate_graphml(graph))


def written_by_igraph(folder: Path) -> str:
    igraph.Graph(n=1).write_graphml(str(folder / "i.graphml"))
    return (folder / "i.graphml").read_text()


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        (OTHERS["Gephi"].text, "gephi"),
        (OTHERS["igraph"].text, "igraph"),
        (OTHERS["NetworkX"].text, "networkx"),
        (OTHERS["graph-tool"].text, "graph-tool"),
        (OTHERS["Cytoscape"].text, "cytoscape"),
        (OTHERS["Joern"].text, "tinkerpop"),
        (OTHERS["yEd"].text, "yed"),
        (OTHERS["yEd"].text.replace("urn:y", "http://www.yworks.com/xml/graphml"), "yed"),
        *((written.text, "neo4j-procedures") for written in PROCEDURES.values() if ":Person" in written.text),
        (document("", JGRAPHT), "jgrapht"),
        (document("", '<key id="vertex_label_key" for="node" attr.name="VertexLabel"/>'), "jgrapht"),
        (document("", JGRAPHT, BOOST), "graph-tool"),
        (document("", JGRAPHT, 'parse.edgeids="canonical" edgedefault="directed"'), "graph-tool"),
        (document("", JGRAPHT, 'parse.order="nodesfirst" edgedefault="directed"'), "graph-tool"),
        (document("", f"<!-- property keys -->{JGRAPHT}"), "graph-tool"),
        (document("<!-- graph properties -->", JGRAPHT), "graph-tool"),
        *((document("", JGRAPHT.replace('"int"', f'"{each}"')), "graph-tool") for each in ("short", "python_object")),
        (document('<node id="a" labels=":A"/>'), "neo4j-procedures"),
        (document('<node id="a"/>', '<key id="name" for="node" attr.name="name"/>'), "graphml"),
        (document('<edge source="a" target="a" label="X"/>', '<key id="label" for="node"/>'), "graphml"),
        (f"{OURS}<graph/></graphml>", "graphferry"),
        (f"{HEAD}<!-- Created by igraph --><graph/></graphml>", "igraph"),
    ],
)
def test_a_document_tells_its_writer(text: str, dialect: str) -> None:
    assert dialect_of(text) == dialect


def test_the_writers_themselves(tmp_path: Path) -> None:
    assert dialect_of(written_by_networkx()) == "networkx"
    assert dialect_of(written_by_igraph(tmp_path)) == "igraph"


async def test_an_inspection_names_all_of_an_application(tmp_path: Path) -> None:
    files = {"a.graphml": written_by_networkx(), "b.graphml": document('<node id="b" labels=":B"/>')}
    read = await read_foreign(tmp_path, zipped(files))
    assert read.inspection.dialects == [["neo4j-procedures", "networkx"]]
