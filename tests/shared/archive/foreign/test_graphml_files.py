from __future__ import annotations

import hashlib
import math
from pathlib import Path

import networkx as nx
import pytest

from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.zip.archive_kind import ArchiveKind
from shared.errors import InvalidArchiveError
from tests.support.archives.foreign import document, read_foreign, zipped
from tests.support.archives.making import ENTRY, FOOTER, HEADER, typed

NODES = document('<node id="a" labels=":A"/><node id="b" labels=":B"/>')
EDGES = document('<edge id="x" source="b" target="a" label="R"/><edge source="a" target="c" label="S"/>')
LATE = document('<edge source="c" target="a" label="T"/><node id="c" labels=":C"/>')
BIG = '<node id="a"><data key="k">9223372036854775808</data></node>'
LONG = '<key id="k" attr.type="long"/>'


async def test_edges_reach_across_files_and_before_their_nodes(tmp_path: Path) -> None:
    content = zipped({"edges/edges.graphml": EDGES, "nodes.graphml": NODES, "late.xml": LATE})
    read = await read_foreign(tmp_path, content)
    (graph,) = read.graphs
    assert [(row[0], tuple(row[1])) for row in graph.nodes] == [(0, ("A",)), (1, ("B",)), (2, ("C",))]
    assert [row[:4] for row in graph.relationships] == [(0, 1, 0, "R"), (1, 0, 2, "S"), (2, 2, 0, "T")]
    inspection = read.inspection
    assert (inspection.kind, inspection.sha256) == (ArchiveKind.GRAPHML, hashlib.sha256(content).hexdigest())
    assert inspection.size == len(content)
    assert [each.name for each in inspection.manifest.applications] == ["My App"]


async def test_defaults_types_and_warnings(tmp_path: Path) -> None:
    keys = (
        '<key id="w" for="edge" attr.name="weight" attr.type="double"><default>-Infinity</default></key>'
        '<key id="n" for="node" attr.name="number" attr.type="int"/><key id="d" for="node" attr.name="labels"/>'
    )
    body = (
        '<node id="a"><data key="n">7</data><data key="d">:X:Y</data></node><node id="b"/>'
        '<edge source="a" target="b"><data key="w">NaN</data></edge><edge source="a" target="b" directed="true"/>'
        '<y:thing xmlns:y="urn:y"/>'
    )
    content = zipped({"g.graphml": document(body, keys, 'edgedefault="undirected"')})
    read = await read_foreign(tmp_path, content, defaults=ForeignDefaults(label="Thing", type="LINK"))
    (graph,) = read.graphs
    assert [tuple(row[1]) for row in graph.nodes] == [("X", "Y"), ("Thing",)]
    assert [row[3] for row in graph.relationships] == ["LINK", "LINK"]
    assert typed([row[2] for row in graph.nodes]) == typed([{"number": 7, "id": "a"}, {"id": "b"}])
    assert typed([row[4] for row in graph.relationships]) == typed([{"weight": math.nan}, {"weight": -math.inf}])
    assert read.inspection.warnings == [
        "elements of foreign namespaces skipped: 1.",
        "undirected edges stored as directed: 1.",
    ]


async def test_what_networkx_writes_is_read(tmp_path: Path) -> None:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.add_node("Ä", size=3, ratio=0.5, ok=True, name="<&>")
    graph.add_edge("Ä", "other", weight=1.25)
    graph.add_edge("Ä", "Ä")
    text = "\n".join(nx.generate_graphml(graph))
    read = await read_foreign(tmp_path, zipped({"g.graphml": text.encode()}))
    assert read.graphs[0].nodes[0][2] == {
        "size": 3,
        "ratio": 0.5,
        "ok": True,
        "name": "<&>",
        "id": "Ä",
    }
    assert [row[1:] for row in read.graphs[0].relationships] == [
        (0, 1, "RELATED", {"weight": 1.25}),
        (0, 0, "RELATED", {}),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "windows-1252"])
async def test_documents_in_other_encodings(tmp_path: Path, encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.1" encoding="{declared}"?>\n' + document('<node id="K\u00f6ln" labels=":\u00e9"/>')
    read = await read_foreign(tmp_path, zipped({"g.graphml": text.encode(encoding)}))
    assert read.graphs[0].nodes == [(0, ("\u00e9",), {"id": "K\u00f6ln"})]


async def test_a_document_of_ours_without_its_manifest_keeps_every_type(tmp_path: Path) -> None:
    node = '<node id="n0" labels=":A"><data key="labels">:A</data><data key="n.size.i">7</data></node>\n'
    read = await read_foreign(tmp_path, zipped({ENTRY: HEADER + node + FOOTER}))
    assert read.graphs[0].nodes == [(0, ("A",), {"size": 7})]


@pytest.mark.parametrize(
    ("files", "entry", "line", "words"),
    [
        ({"a.graphml": NODES, "b.graphml": NODES}, "b.graphml", 3, "'a' has an id that is used before"),
        ({"a.graphml": NODES, "b.graphml": EDGES}, "b.graphml", 3, "'c', which is no node of the archive"),
        ({"a.graphml": document("<hyperedge/>")}, "a.graphml", 3, "hyperedge"),
        ({"a.graphml": document('<node id="a" labels=":_FerryX"/>')}, "a.graphml", 3, "reserved"),
        ({"a.graphml": "<!DOCTYPE graphml>" + NODES}, "a.graphml", 1, "DOCTYPE"),
        ({"a.graphml": NODES[:-20]}, "a.graphml", 4, "no element found|unclosed token"),
        ({"a.graphml": ("<!DOCTYPE graphml>" + NODES).encode("utf-16")}, "a.graphml", 1, "DOCTYPE"),
        ({"a.graphml": b"<?xml version='1.0' encoding='ascii'?>\n\n\xe9"}, "a.graphml", 3, "Not US-ASCII"),
        ({"a.graphml": b"<?xml version='1.0' encoding='EBCDIC-1'?>"}, "a.graphml", 1, "EBCDIC-1.*known are UTF-8"),
        ({"a.graphml": b"<?xml version='1.0' encoding='UTF-16'?>"}, "a.graphml", 1, "UTF-16, but its bytes are not"),
        (
            {"a.graphml": document(BIG, LONG)},
            "a.graphml",
            3,
            "64 bits",
        ),
    ],
)  # fmt: skip
async def test_refusals_name_entry_and_line(
    tmp_path: Path, files: dict[str, str], entry: str, line: int, words: str
) -> None:
    with pytest.raises(InvalidArchiveError, match=words) as caught:
        await read_foreign(tmp_path, zipped(files))
    assert (caught.value.entry, caught.value.line) == (entry, line)
