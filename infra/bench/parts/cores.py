"""Exports and imports on fewer processors than the machine has."""

from __future__ import annotations

import os

from infra.bench.affinity import list_processors, tied
from infra.bench.graphs import power_law
from infra.bench.pairing import Side
from infra.bench.parts.procedure_sides import procedure_export, procedure_import
from infra.bench.workbench import Bench

_COUNTS = (1, 2, 4)


async def measure_cores(bench: Bench) -> None:
    """Tie all processes to 1, 2 and 4 processors, where the machine has so many; servers are not started anew."""
    there = list_processors()
    await bench.have(power_law)
    await bench.have_archive()
    for count in _COUNTS:
        if count > len(there):
            bench.results.skipped[f"cores_{count}"] = f"there are {len(there)} processors to tie processes to"
            continue
        with tied([os.getpid(), *bench.stack.pids.values()], there[:count]):
            await _compare(bench, f"cores_{count}")


async def _compare(bench: Bench, name: str) -> None:
    await bench.compare(
        f"{name}_export_vs_server_procedure",
        Side(name="ours", measure=bench.export),
        procedure_export(bench),
        rounds=bench.scale.slow_rounds,
    )
    await bench.compare(
        f"{name}_import_vs_server_procedure",
        Side(name="ours", measure=bench.import_archive, clear=bench.empty_target),
        procedure_import(bench),
        rounds=bench.scale.slow_rounds,
    )
