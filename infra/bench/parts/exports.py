"""Exports beside the server's GraphML export procedure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from infra.bench.graphs import BenchGraph, code, power_law, wide
from infra.bench.pairing import Side
from infra.bench.parts.procedure_sides import procedure_export
from infra.bench.parts.seen import note_seen
from infra.bench.peers.backup_package import BACKUP, export_with_package
from infra.bench.peers.driver_loops import export_by_async_loop, export_by_sync_loop
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


async def measure_backup_package(bench: Bench) -> None:
    """The same work by the package neo4j-backup."""
    await bench.have(power_law)
    package = partial(asyncio.to_thread, export_with_package, bench.source, bench.folder / "neo4j-backup")
    await bench.compare(
        "export_vs_backup_package",
        Side(name="ours", measure=bench.export),
        Side(name=BACKUP.name, prepare=partial(asyncio.to_thread, BACKUP.install), measure=package),
        rounds=bench.scale.slow_rounds,
    )


async def measure_export_loops(bench: Bench) -> None:
    """The same by loops over the driver's records, which write plain lines of JSON."""
    await bench.have(power_law)
    for kind, loop in (("sync", export_by_sync_loop), ("async", export_by_async_loop)):
        file = bench.folder / "loop.jsonl"
        await bench.compare(
            f"export_vs_{kind}_loop",
            Side(name="ours", measure=bench.export),
            Side(name=f"{kind} loop", measure=partial(asyncio.to_thread, loop, bench.source, bench.application, file)),
            rounds=bench.scale.slow_rounds,
        )


async def _compare(bench: Bench, name: str, graph: Callable[[int], BenchGraph]) -> None:
    await bench.have(graph)
    await bench.export()  # the first after a load reads cold pages, whoever does it
    await bench.compare(
        f"{name}_vs_server_procedure",
        Side(name="ours", measure=bench.export),
        procedure_export(bench),
        rounds=bench.scale.rounds,
    )
