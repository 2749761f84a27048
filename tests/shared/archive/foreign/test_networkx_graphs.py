"""Whatever NetworkX writes of a graph is read with its counts, degrees and values."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import networkx as nx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.archives.arrivals import tell
from tests.support.archives.foreign import Read, read_foreign, zipped
from tests.support.archives.making import Graph

AnyGraph: TypeAlias = "nx.Graph[Any]"
KINDS = (nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph)
SAID = {"label", "labels", "labelV", "labelE"}
"""Names by which a document may say labels and types."""
XML = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
    lambda each: each >= " " or each in "\t\n\r"
)
TEXTS = st.text(XML, max_size=12) | st.sampled_from(["", " a ", "]]>", "7", "True", ":a:b", "\r\n", "\u0085\u2028"])
NAMES = (
    st.text(XML, min_size=1, max_size=6) | st.sampled_from(["id", "parent", "weight", "key", "d0", " ", "Labels"])
).filter(lambda name: name not in SAID and not name.lower().startswith("_ferry"))
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats()
VALUES = NUMBERS | st.booleans() | TEXTS
IDS = st.integers(-5, 50) | st.text(XML, max_size=6) | st.sampled_from(["n0", "n7", "", "Ann Example", " n1"])


@st.composite
def graphs(draw: st.DrawFn, values: st.SearchStrategy[Any] = VALUES) -> AnyGraph:
    properties = st.dictionaries(NAMES, values, max_size=4)
    graph: AnyGraph = draw(st.sampled_from(KINDS))()
    ids = draw(st.lists(IDS, max_size=6, unique_by=str))
    for each in ids:
        graph.add_nodes_from([(each, draw(properties))])
    if ids:
        for start, end in draw(st.lists(st.tuples(st.sampled_from(ids), st.sampled_from(ids)), max_size=8)):
            graph.add_edges_from([(start, end, draw(properties))])
    graph.graph.update({"crs": draw(TEXTS)})
    return graph


def written(graph: AnyGraph, **options: Any) -> bytes:
    buffer = io.BytesIO()
    nx.write_graphml_lxml(graph, buffer, **options)
    return buffer.getvalue()


def expected_properties(data: Mapping[str, Any], *, id_text: str, has_id_key: bool) -> dict[str, Any]:
    keeps_id = not has_id_key and not re.fullmatch("n[0-9]+", id_text)
    return {**data, "id": id_text} if keeps_id else dict(data)


def require_equal(graph: AnyGraph, read: Read) -> None:
    (found,) = read.graphs
    has_id_key = any("id" in data for _, data in graph.nodes(data=True))
    nodes = [
        (each, (), expected_properties(data, id_text=str(each), has_id_key=has_id_key))
        for each, data in graph.nodes(data=True)
    ]
    edges = [(start, end, "RELATED", data) for start, end, data in graph.edges(data=True)]
    assert tell(found.nodes, [row[1:] for row in found.relationships]) == tell(nodes, edges)
    assert degrees_of(found) == sorted(dict(graph.degree()).values())


def degrees_of(found: Graph) -> list[int]:
    ends = Counter(end for row in found.relationships for end in row[1:3])
    return sorted(ends[row[0]] for row in found.nodes)


def is_undirected(read: Read) -> bool:
    return any(warning.startswith("undirected edges") for warning in read.inspection.warnings)


SLOW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)


@SLOW
@given(graph=graphs(), prettyprint=st.booleans())
async def test_a_graph_of_any_kind(tmp_path: Path, graph: AnyGraph, prettyprint: bool) -> None:
    read = await read_foreign(tmp_path, zipped({"g.graphml": written(graph, prettyprint=prettyprint)}))
    require_equal(graph, read)
    assert is_undirected(read) == (graph.number_of_edges() > 0 and not graph.is_directed())


@SLOW
@given(graph=graphs())
async def test_keys_named_like_their_properties(tmp_path: Path, graph: AnyGraph) -> None:
    """A name that stands for values of two types is text."""
    content = zipped({"g.graphml": written(graph, named_key_ids=True)})
    generalise(graph, lambda values: values if len(set(map(type, values))) == 1 else list(map(str, values)))
    require_equal(graph, await read_foreign(tmp_path, content))


@SLOW
@given(graph=graphs(values=NUMBERS))
async def test_types_that_networkx_infers(tmp_path: Path, graph: AnyGraph) -> None:
    """Whole numbers beside others are floats."""
    content = zipped({"g.graphml": written(graph, infer_numeric_types=True)})
    generalise(graph, lambda values: list(map(float, values)) if float in map(type, values) else values)
    require_equal(graph, await read_foreign(tmp_path, content))


def generalise(graph: AnyGraph, change: Callable[[list[Any]], list[Any]]) -> None:
    """Change the values of each name, among nodes and among edges."""
    for dictionaries in ([data for _, data in graph.nodes(data=True)], [data for *_, data in graph.edges(data=True)]):
        for name in {name for data in dictionaries for name in data}:
            having = [data for data in dictionaries if name in data]
            for data, value in zip(having, change([data[name] for data in having]), strict=True):
                data[name] = value
