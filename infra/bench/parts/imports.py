"""Imports beside the server's GraphML import procedure."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from infra.bench.graphs import power_law
from infra.bench.pairing import Side, compare
from infra.bench.parts.seen import note_seen
from infra.bench.peers.procedures import export_graphml, import_graphml
from infra.bench.results import Results
from infra.bench.workbench import Bench
from infra.engines.process import EngineError

_WARM_UP_ELEMENTS = 20_000
"""So that no side pays for the server's first steps."""


async def measure_imports(bench: Bench) -> None:
    """Judged, journalled, verified, published, against what the server does with a file of its own."""
    await bench.have(power_law, min(_WARM_UP_ELEMENTS, bench.scale.elements))
    await _compare(replace(bench, results=Results()), "warm_up", rounds=1)
    elements = await bench.have(power_law)
    await _compare(bench, "import_vs_server_procedure", rounds=bench.scale.rounds)
    with bench.observe() as seen:
        seconds = await bench.import_archive()
    await bench.empty_target()
    bench.results.figures["import_elements_per_second"] = elements / seconds
    note_seen(bench.results, "import", seen, elements=elements)


async def _compare(bench: Bench, name: str, *, rounds: int) -> None:
    await bench.have_archive()
    await compare(
        bench.results,
        name,
        Side(name="ours", measure=bench.import_archive, clear=bench.empty_target),
        Side(name="server procedure", measure=partial(_import_by_procedure, bench), clear=bench.empty_target),
        rounds=rounds,
    )


async def _import_by_procedure(bench: Bench) -> float:
    file = bench.folder / f"{bench.graph.replace(' ', '-')}.graphml"
    if not file.exists():
        await asyncio.to_thread(export_graphml, bench.source, file)
    seconds = await asyncio.to_thread(import_graphml, bench.target, file)
    expected, found = [await asyncio.to_thread(each.count) for each in (bench.source, bench.target)]
    if expected != found:
        raise EngineError(f"the procedure created {found} nodes and relationships of {expected}")
    return seconds
