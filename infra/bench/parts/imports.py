"""Imports beside the server's GraphML import procedure."""

from __future__ import annotations

import asyncio
from functools import partial

from infra.bench.graphs import power_law
from infra.bench.pairing import Side
from infra.bench.parts.latencies import cancel
from infra.bench.parts.procedure_sides import procedure_import
from infra.bench.parts.seen import note_seen
from infra.bench.peers.bare_import import import_bare
from infra.bench.peers.driver_loops import export_by_sync_loop, forget_loop_key, import_by_loop
from infra.bench.peers.offline_importer import OfflineServer
from infra.bench.workbench import SOURCE, TENANT, Bench
from infra.engines.process import EngineError

_UNDONE_SHARE = 0.6
"""Of an import's time: then most is written, and nothing published."""


async def measure_imports(bench: Bench) -> None:
    """Inspected, journalled, verified, published, against what the server does with a file of its own."""
    elements = await bench.have(power_law)
    await bench.have_archive()
    await bench.compare(
        "import_vs_server_procedure",
        Side(name="ours", measure=bench.import_archive, clear=bench.empty_target),
        procedure_import(bench),
        rounds=bench.scale.rounds,
    )
    with bench.observe() as seen:
        seconds = await bench.import_archive()
    await bench.empty_target()
    bench.results.figures["import_elements_per_second"] = elements / seconds
    note_seen(bench.results, "import", seen, elements=elements)


async def measure_offline_importer(bench: Bench) -> None:
    """What the server's own importer does while the server is stopped, its stop and start among it."""
    await bench.have(power_law)
    record = await bench.client.export_for_importer(TENANT, f"{SOURCE}/{bench.application}")
    archive = bench.archives / record["archive"]["name"]
    with OfflineServer.open(bench.source.server, archive, bench.folder) as offline:
        await bench.compare(
            "import_vs_offline_importer",
            Side(name="ours", measure=bench.import_archive, clear=bench.empty_target),
            Side(name="offline importer", measure=partial(asyncio.to_thread, _load_offline, offline, bench.counts)),
            rounds=bench.scale.slow_rounds,
        )


def _load_offline(offline: OfflineServer, expected: tuple[int, int]) -> float:
    seconds = offline.replace_store()
    if (found := offline.count()) != expected:
        raise EngineError(f"The importer made {found} nodes and relationships of {expected}")
    return seconds


async def measure_import_loop(bench: Bench) -> None:
    """The same by a loop over the driver, a statement for each batch of a thousand."""
    await bench.have(power_law)
    file = bench.folder / "loop.jsonl"
    await asyncio.to_thread(export_by_sync_loop, bench.source, bench.application, file)
    await bench.compare(
        "import_vs_loop",
        Side(name="ours", measure=bench.import_archive, clear=bench.empty_target),
        Side(
            name="loop",
            measure=partial(asyncio.to_thread, import_by_loop, bench.target, file),
            clear=partial(_forget_loop, bench),
        ),
        rounds=bench.scale.slow_rounds,
    )


async def measure_safety(bench: Bench) -> None:
    """What journal, marker, locks and reading back cost."""
    await bench.have(power_law)
    archive = bench.archives / await bench.have_archive()
    await bench.compare(
        "import_vs_bare_import",
        Side(name="ours", measure=bench.import_archive, clear=bench.empty_target),
        Side(
            name="bare import",
            measure=partial(asyncio.to_thread, import_bare, bench.target, archive),
            clear=bench.empty_target,
        ),
        rounds=bench.scale.slow_rounds,
    )


async def _forget_loop(bench: Bench) -> None:
    await bench.empty_target()
    await asyncio.to_thread(forget_loop_key, bench.target)


async def measure_undo(bench: Bench) -> None:
    """Cancel an import when most is written: how fast it is removed, the handler's stop among the time."""
    await bench.have(power_law, bench.scale.cancelled_elements)
    whole = await bench.import_archive()
    await bench.empty_target()
    cancelled = await cancel(bench, "import", after=_UNDONE_SHARE * whole)
    if cancelled is None:
        raise EngineError("the import ended before it could be cancelled")
    removed = cancelled.record["summary"]["undone"]
    elements = removed["nodes_removed"] + removed["relationships_removed"]
    bench.results.figures["undo_elements"] = elements
    bench.results.figures["undo_elements_per_second"] = elements / cancelled.until_ended
