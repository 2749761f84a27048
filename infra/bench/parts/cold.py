"""The first move after a server's start, when nothing is compiled or cached for either side."""

from __future__ import annotations

import asyncio
import os
import signal
from functools import partial

from infra.bench.database import BenchDatabase
from infra.bench.graphs import power_law
from infra.bench.pairing import Side, compare
from infra.bench.parts.imports import import_by_procedure
from infra.bench.peers.procedures import export_graphml
from infra.bench.workbench import Bench
from infra.engines.process import EngineError

_LOOK_SECONDS = 0.1
_LONGEST_SECONDS = 120.0


async def measure_cold(bench: Bench) -> None:
    """Restart the server before every measurement; both sides of a pair find it equally new."""
    await bench.have(power_law)
    await bench.have_archive()
    file = bench.folder / "procedure.graphml"
    renew_source = partial(_restart, bench, bench.source)
    await renew_source()
    await compare(
        bench.results,
        "cold_export_vs_server_procedure",
        Side(name="ours", measure=bench.export, clear=renew_source),
        Side(
            name="server procedure",
            measure=partial(asyncio.to_thread, export_graphml, bench.source, file),
            clear=renew_source,
        ),
        rounds=bench.scale.slow_rounds,
    )
    renew_target = partial(_empty_and_restart, bench)
    await renew_target()
    await compare(
        bench.results,
        "cold_import_vs_server_procedure",
        Side(name="ours", measure=bench.import_archive, clear=renew_target),
        Side(name="server procedure", measure=partial(import_by_procedure, bench), clear=renew_target),
        rounds=bench.scale.slow_rounds,
    )


async def _empty_and_restart(bench: Bench) -> None:
    await bench.empty_target()
    await _restart(bench, bench.target)


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
    try:
        database.count()
    except EngineError:
        return False
    return True
