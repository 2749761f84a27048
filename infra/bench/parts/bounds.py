"""What must not change with a graph's size, shape or neighbours: time for each element, memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from infra.bench.graphs import BenchGraph, heavy, hub, padded, power_law
from infra.bench.pairing import Side
from infra.bench.parts.seen import note_seen
from infra.bench.workbench import SOURCE, TARGET, Bench

_NEIGHBOUR_SIZE = 10
_COPY = "Copy"
_NEIGHBOUR = "Neighbour"


async def measure_growth(bench: Bench) -> None:
    """Move graphs of growing size."""
    for elements in bench.scale.growth:
        await _move(bench, f"growth_{elements}", power_law, elements)


async def measure_more_growth(bench: Bench) -> None:
    """Move larger ones."""
    for elements in bench.scale.growth_more:
        await _move(bench, f"growth_{elements}", power_law, elements)


async def measure_hub(bench: Bench) -> None:
    """Move a graph in which one node has nearly all relationships."""
    await _move(bench, "hub", hub, bench.scale.elements)


async def measure_heavy(bench: Bench) -> None:
    """Move nodes of which a few fill a worker's memory: exported, imported, read back, replaced and so deleted."""
    await _move(bench, "heavy", heavy, bench.scale.heavy_nodes)


async def _move(bench: Bench, name: str, make: Callable[[int], BenchGraph], wanted: int) -> None:
    elements = await bench.have(make, wanted)
    await _note_move(bench, f"{name}_export", bench.export, elements)
    await _note_move(bench, f"{name}_import", bench.import_archive, elements)
    await _note_move(bench, f"{name}_overwrite", bench.overwrite, elements)
    await bench.empty_target()


async def _note_move(bench: Bench, name: str, move: Callable[[], Awaitable[float]], elements: int) -> None:
    with bench.observe() as seen:
        seconds = await move()
    bench.results.figures[f"{name}_us_per_element"] = 1e6 * seconds / elements
    note_seen(bench.results, name, seen, elements=elements)


async def measure_scattered(bench: Bench) -> None:
    """Export a graph whose ids have gaps, beside an equal one whose ids have none."""
    await bench.have(padded, 2 * bench.scale.elements // 3)
    await asyncio.to_thread(bench.source.scatter)
    bench.spoil()
    await bench.import_archive()
    await _compare_exports(bench, "export_scattered_ids_vs_dense", other="dense")
    await bench.empty_target()


async def measure_neighbour(bench: Bench) -> None:
    """Move an application that shares its database with a much larger one, beside the same one alone."""
    small = bench.scale.beside_neighbour
    await bench.have(power_law, small)
    await bench.import_archive()
    neighbour = power_law(_NEIGHBOUR_SIZE * small, _NEIGHBOUR)
    await asyncio.to_thread(bench.source.load, neighbour)
    bench.spoil()
    await _compare_exports(bench, "export_large_neighbour_vs_alone", other="alone")
    await bench.empty_target()
    await bench.compare(
        "import_large_neighbour_vs_alone",
        Side(
            name="neighbour",
            measure=partial(bench.import_archive, SOURCE, _COPY),
            clear=partial(asyncio.to_thread, bench.source.remove, _COPY),
        ),
        Side(name="alone", measure=partial(bench.import_archive, TARGET, _COPY), clear=bench.empty_target),
        rounds=bench.scale.rounds,
    )


async def _compare_exports(bench: Bench, name: str, *, other: str) -> None:
    await bench.export(SOURCE)
    await bench.export(TARGET)
    await bench.compare(
        name,
        Side(name="ours", measure=partial(bench.export, SOURCE)),
        Side(name=other, measure=partial(bench.export, TARGET)),
        rounds=bench.scale.rounds,
    )
