"""Builds the sample application's graph from the source code."""

from __future__ import annotations

import sys
from pathlib import Path

from infra.sample.code import ModuleReader
from infra.sample.graph import SampleGraph
from infra.sample.resolving import resolve
from infra.sample.sources import read_modules
from infra.sample.values import describe_release


def read_sample(library: Path | None = None) -> SampleGraph:
    """Read the standard library, or another folder of modules; the same source gives the same graph."""
    graph = SampleGraph()
    definitions: dict[str, int] = {}
    release = graph.add_node("Release", "Object", **describe_release(*sys.version_info[:3]))
    modules = [ModuleReader(graph, definitions, module).facts for module in read_modules(library)]
    for module in modules:
        graph.relate(release, "CONTAINS", module.node)
    resolve(graph, definitions, modules)
    return graph
