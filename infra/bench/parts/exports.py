"""Exports beside the server's GraphML export procedure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from infra.bench.graphs import BenchGraph, code, power_law, wide
from infra.bench.pairing import Side, compare
from infra.bench.parts.seen import note_seen
from infra.bench.peers.procedures import export_graphml
from infra.bench.workbench import Bench


async def measure_exports(bench: Bench) -> None:
    """Archive with ZIP and digest, verified, against a bare GraphML file that the server writes."""
    await _compare(bench, "export", power_law)
    elements = await bench.have(power_law)
    with bench.observe() as seen:
        seconds = await bench.export()
    bench.results.figures["export_elements_per_second"] = elements / seconds
    note_seen(bench.results, "export", seen, elements=elements)


async def measure_other_exports(bench: Bench) -> None:
    """The same for a real code graph and for one whose labels, keys and values vary."""
    await _compare(bench, "export_code_graph", code)
    await _compare(bench, "export_wide_graph", wide)


async def _compare(bench: Bench, name: str, graph: Callable[[int], BenchGraph]) -> None:
    await bench.have(graph)
    await bench.export()  # the first after a load reads cold pages, whoever does it
    file = bench.folder / "procedure.graphml"
    procedure = partial(asyncio.to_thread, export_graphml, bench.source, file)
    await compare(
        bench.results,
        f"{name}_vs_server_procedure",
        Side(name="ours", measure=bench.export),
        Side(name="server procedure", measure=procedure),
        rounds=bench.scale.rounds,
    )
