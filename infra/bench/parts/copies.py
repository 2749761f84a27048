"""Copies from one database to the other."""

from __future__ import annotations

import asyncio
from functools import partial

from infra.bench.census import require_equal
from infra.bench.graphs import power_law
from infra.bench.pairing import Side
from infra.bench.parts.seen import note_seen
from infra.bench.peers.transfer_package import TRANSFER, copy_with_package
from infra.bench.workbench import Bench


async def measure_copies(bench: Bench) -> None:
    """Journalled, verified, published like any import, against the package neo4j-transfer; what arrived is counted."""
    elements = await bench.have(power_law)
    count = partial(require_equal, bench.target, bench.source, scope=bench.application)
    await bench.compare(
        "copy_vs_transfer_package",
        Side(
            name="ours",
            measure=bench.copy,
            check=partial(asyncio.to_thread, count, who="the copy"),
            clear=bench.empty_target,
        ),
        Side(
            name=TRANSFER.name,
            prepare=partial(asyncio.to_thread, TRANSFER.install),
            measure=partial(asyncio.to_thread, copy_with_package, bench.source, bench.target, bench.application),
            check=partial(asyncio.to_thread, count, who=TRANSFER.name),
            clear=bench.empty_target,
        ),
        rounds=bench.scale.slow_rounds,
    )
    with bench.observe() as seen:
        await bench.copy()
    await bench.empty_target()
    note_seen(bench.results, "copy", seen, elements=elements)
