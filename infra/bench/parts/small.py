"""Small moves, of which what every job costs is a large share."""

from __future__ import annotations

import time
from typing import Final

from infra.bench.graphs import power_law
from infra.bench.pairing import Side
from infra.bench.parts.procedure_sides import procedure_import
from infra.bench.workbench import Bench

_WARM_ROUNDS: Final = 4


async def measure_small(bench: Bench) -> None:
    """Overwrite, and import, beside the server's procedure; to overwrite it needs an emptied database."""
    await _compare_overwrites(bench, bench.scale.small_overwrite)
    await _compare_imports(bench, bench.scale.small_import)


async def _compare_overwrites(bench: Bench, elements: int) -> None:
    """Let each replace what the other has left."""
    await bench.have(power_law, elements)
    await bench.import_archive()
    peer = procedure_import(bench)

    async def replace_all() -> float:
        began = time.perf_counter()
        await bench.empty_target()
        await peer.measure()
        return time.perf_counter() - began

    await bench.compare(
        f"overwrite_{elements}_vs_server_procedure",
        Side(name="ours", measure=bench.overwrite),
        Side(name=peer.name, prepare=peer.prepare, measure=replace_all),
        rounds=bench.scale.short_rounds,
    )
    await bench.empty_target()


async def _compare_imports(bench: Bench, elements: int) -> None:
    await bench.have(power_law, elements)
    await bench.have_archive()
    ours, peer = Side(name="ours", measure=bench.import_archive, clear=bench.empty_target), procedure_import(bench)
    await _warm_up(ours, peer)
    await bench.compare(f"import_{elements}_vs_server_procedure", ours, peer, rounds=bench.scale.short_rounds)


async def _warm_up(*sides: Side) -> None:
    """Do each side's work so often that the server has compiled it: so short, the first times are the server's own."""
    for _ in range(_WARM_ROUNDS):
        for side in sides:
            await side.prepare()
            await side.measure()
            await side.clear()
