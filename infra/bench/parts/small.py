"""Small moves, of which what every job costs is a large share."""

from __future__ import annotations

import time
from dataclasses import replace

from infra.bench.graphs import power_law
from infra.bench.pairing import Side
from infra.bench.parts.procedure_sides import procedure_import
from infra.bench.workbench import Bench

_OVERWRITTEN = 6_000
_IMPORTED = 60_000


async def measure_small(bench: Bench) -> None:
    """Overwrite, and import, beside the server's procedure; to overwrite it needs an emptied database."""
    await _compare_overwrites(bench, min(_OVERWRITTEN, bench.scale.elements))
    await _compare_imports(bench, min(_IMPORTED, bench.scale.elements))


async def _compare_overwrites(bench: Bench, elements: int) -> None:
    await bench.have(power_law, elements)
    peer = procedure_import(bench)

    async def have_old() -> None:
        await bench.import_archive()

    async def replace_old() -> float:
        began = time.perf_counter()
        await bench.empty_target()
        await peer.measure()
        return time.perf_counter() - began

    async def prepare_peer() -> None:
        await peer.prepare()
        await have_old()

    await bench.compare(
        f"overwrite_{elements}_vs_server_procedure",
        Side(name="ours", prepare=have_old, measure=bench.overwrite, clear=bench.empty_target),
        replace(peer, prepare=prepare_peer, measure=replace_old),
        rounds=bench.scale.short_rounds,
    )


async def _compare_imports(bench: Bench, elements: int) -> None:
    await bench.have(power_law, elements)
    await bench.have_archive()
    await bench.compare(
        f"import_{elements}_vs_server_procedure",
        Side(name="ours", measure=bench.import_archive, clear=bench.empty_target),
        procedure_import(bench),
        rounds=bench.scale.short_rounds,
    )
