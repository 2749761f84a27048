"""Whether the server's own GraphML import procedure reads our archives."""

from __future__ import annotations

import asyncio
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from infra.bench.census import require_equal
from infra.bench.graphs import BenchGraph, code, wide
from infra.bench.peers.procedures import import_archived
from infra.bench.workbench import Bench

_MOST_ELEMENTS = 100_000
"""What is read is compared, not timed."""

_GRAPH = "applications/1/graph.graphml"


async def measure_readers(bench: Bench) -> None:
    """Let the procedure import what an archive holds, and count labels, types and property keys on both sides."""
    for name, graph in (("wide", wide), ("code", code)):
        elements = await _read(bench, graph)
        bench.results.figures[f"{name}_graph_elements_read_by_server_procedure"] = elements


async def _read(bench: Bench, graph: Callable[[int], BenchGraph]) -> int:
    """Return how many elements arrived. Raises: EngineError where they are not what the archive was made of."""
    elements = await bench.have(graph, min(bench.scale.elements, _MOST_ELEMENTS))
    document = bench.folder / "archived.graphml"
    await asyncio.to_thread(_extract, bench.archives / await bench.have_archive(), document)
    await asyncio.to_thread(import_archived, bench.target, document, expected=bench.counts)
    await asyncio.to_thread(require_equal, bench.target, bench.source, scope=bench.application, who="The procedure")
    await bench.empty_target()
    return elements


def _extract(archive: Path, document: Path) -> None:
    with zipfile.ZipFile(archive) as opened, opened.open(_GRAPH) as entry, document.open("wb") as file:
        shutil.copyfileobj(entry, file)
