"""Every GraphML file that installed packages ship is read with the counts of other readers, or listed as refused."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path

import igraph
import networkx as nx

from shared.errors import InvalidArchiveError
from tests.support.archives.foreign import read_foreign, zipped
from tests.support.tools.samples import find_samples

DOCUMENT = Path(__file__).parents[4] / "docs" / "archive-format.md"
START = "| package, file | nodes | relationships | NetworkX | igraph |\n|---|---:|---:|---|---|\n"
Counts = tuple[int, int]


def count_by_networkx(path: Path) -> Counts:
    graph = nx.read_graphml(io.BytesIO(path.read_bytes()), force_multigraph=True)
    return graph.number_of_nodes(), graph.number_of_edges()


def count_by_igraph(path: Path) -> Counts:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = igraph.Graph.Read_GraphML(str(path))
    return graph.vcount(), graph.ecount()


def compare(count: Callable[[Path], Counts], path: Path, ours: Counts | None) -> str:
    """Return what another reader makes of the file, beside us."""
    try:
        counts = count(path)
    except (KeyError, ValueError, nx.NetworkXError, igraph.InternalError):
        return "refused"
    return "equal" if counts == ours else f"{counts[0]}, {counts[1]}"


async def count_ours(folder: Path, content: bytes) -> tuple[Counts | None, str]:
    """Return our counts as the table shows them, or our reason."""
    try:
        (graph,) = (await read_foreign(folder, zipped({"g.graphml": content}))).graphs
    except InvalidArchiveError as error:
        return None, f"refused: {str(error).partition('. (')[0]} | "
    counts = len(graph.nodes), len(graph.relationships)
    return counts, " | ".join(f"{count:,}".replace(",", " ") for count in counts)


async def test_the_list_is_what_is_read(tmp_path: Path) -> None:
    rows = []
    path = tmp_path / "sample.graphml"
    for package, name, content in find_samples():
        path.write_bytes(content)
        counts, shown = await count_ours(tmp_path, content)
        others = [compare(count, path, counts) for count in (count_by_networkx, count_by_igraph)]
        assert set(others) <= {"equal", "refused"}, (name, counts, others)
        rows.append(f"| {package}, {name} | {shown} | {' | '.join(others)} |\n")
    assert START + "".join(rows) in DOCUMENT.read_text(), "".join(rows)
