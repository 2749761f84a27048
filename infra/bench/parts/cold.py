"""The first move after a server's start, when nothing is compiled or cached for either side."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace

from infra.bench.database import BenchDatabase
from infra.bench.graphs import power_law
from infra.bench.pairing import Side
from infra.bench.parts.procedure_sides import procedure_export, procedure_import
from infra.bench.workbench import Bench
from infra.engines.process import EngineError

_LOOK_SECONDS = 0.1
_LONGEST_SECONDS = 120.0


async def measure_cold(bench: Bench) -> None:
    """Restart the server before every measurement; both sides of a pair find it equally new."""
    await bench.have(power_law)
    await bench.have_archive()
    await bench.compare(
        "cold_export_vs_server_procedure",
        _after_restart(bench, bench.source, Side(name="ours", measure=bench.export)),
        _after_restart(bench, bench.source, procedure_export(bench)),
        rounds=bench.scale.slow_rounds,
    )
    await bench.compare(
        "cold_import_vs_server_procedure",
        _after_restart(bench, bench.target, Side(name="ours", measure=bench.import_archive, clear=bench.empty_target)),
        _after_restart(bench, bench.target, procedure_import(bench)),
        rounds=bench.scale.slow_rounds,
    )


def _after_restart(bench: Bench, database: BenchDatabase, side: Side) -> Side:
    async def prepare() -> None:
        await side.prepare()
        await _restart(bench, database)

    return replace(side, prepare=prepare)


async def _restart(bench: Bench, database: BenchDatabase) -> None:
    """End a server that the stack starts again, and wait until it answers. Raises: EngineError."""
    name = database.server.name
    before = bench.stack.pids[name]
    os.kill(before, signal.SIGTERM)
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            while True:
                await asyncio.sleep(_LOOK_SECONDS)
                if bench.stack.pids[name] != before and await asyncio.to_thread(_answers, database):
                    return
    except TimeoutError:
        raise EngineError(f"{name} did not answer within {_LONGEST_SECONDS:.0f} s of its restart.") from None


def _answers(database: BenchDatabase) -> bool:
    """Ask for nothing stored, which would already be in memory for the first move."""
    try:
        database.run("RETURN 1")
    except EngineError:
        return False
    return True
