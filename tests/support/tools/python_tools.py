"""GraphML that NetworkX and igraph write."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import igraph
import networkx as nx

from tests.support.archives.arrivals import Told, tell

_VALUES: Final[Mapping[str, Any]] = {
    "text": 'a <&> "b"\n日本', "empty": "", "size": 2**53 + 1, "low": -math.inf, "none": math.nan, "ratio": 0.1,
    "ok": False,
}  # fmt: skip


def write_by_networkx() -> Mapping[str, tuple[bytes, Told]]:
    """Write graphs of each kind, with the writer's options."""
    return {
        "a directed graph of several edges": _by_networkx(nx.MultiDiGraph()),
        "an undirected graph": _by_networkx(nx.Graph()),
        "keys named like their properties": _by_networkx(nx.DiGraph(), named_key_ids=True),
    }


def _by_networkx(graph: nx.Graph[Any], **options: Any) -> tuple[bytes, Told]:
    graph.add_nodes_from([("Ann Example", {**_VALUES, "since": 1999}), ("n7", {"text": "7"}), ((1, "a"), {})])
    graph.add_edges_from(
        [
            ("Ann Example", "n7", {"since": "school", "label": "KNOWS"}),
            ("n7", "n7", {"weight": 0.5}),
            ("n7", (1, "a"), {}),
        ]
    )
    if graph.is_multigraph():
        graph.add_edges_from([("Ann Example", "n7", {"since": "work"})])
    buffer = io.BytesIO()
    nx.write_graphml_lxml(graph, buffer, **options)
    ids = {"Ann Example": {"id": "Ann Example"}, (1, "a"): {"id": "(1, 'a')"}}
    nodes = [(each, (), {**data, **ids.get(each, {})}) for each, data in graph.nodes(data=True)]
    edges = [
        (start, end, data.get("label", "RELATED"), {key: data[key] for key in data if key != "label"})
        for start, end, data in graph.edges(data=True)
    ]
    return buffer.getvalue(), tell(nodes, edges)


def write_by_igraph(folder: Path) -> Mapping[str, tuple[bytes, Told]]:
    """Write graphs of both kinds."""
    return {
        "a directed graph": _by_igraph(folder / "directed.graphml", directed=True),
        "an undirected graph": _by_igraph(folder / "undirected.graphml", directed=False),
    }


def _by_igraph(path: Path, *, directed: bool) -> tuple[bytes, Told]:
    """Its numbers are floats, and it writes nothing of NaN."""
    graph = igraph.Graph(3, [(0, 1), (0, 1), (2, 2)], directed=directed)
    names, sizes, captions = ["Ann", "a <&> b\n", "日本"], [7.0, 0.1, -math.inf], ["a: caption", "", ":b"]
    graph.vs["name"], graph.vs["size"], graph.vs["label"], graph.vs["ok"] = names, sizes, captions, [True, False, True]
    graph.es["label"], graph.es["weight"] = ["KNOWS", "", "x"], [1.5, math.inf, 2.0]
    graph.write_graphml(str(path))
    nodes = [
        (number, (), {"name": names[number], "size": sizes[number], "label": captions[number], "ok": number != 1})
        for number in range(3)
    ]
    edges = [
        (edge.source, edge.target, "RELATED", {"label": edge["label"], "weight": edge["weight"]}) for edge in graph.es
    ]
    return path.read_bytes(), tell(nodes, edges)
