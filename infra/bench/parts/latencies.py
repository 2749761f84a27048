"""How long jobs wait: for their handler, and for their end once they are cancelled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.bench.graphs import power_law
from infra.bench.workbench import TINY, Bench, seconds_between
from infra.engines.process import EngineError
from shared.jobs.record import TERMINAL_STATUSES, Status

_LOOK_SECONDS = 0.005
"""A look at the record takes a millisecond or two."""


async def measure_dispatch(bench: Bench) -> None:
    """Export a tiny application again and again: from accepted to claimed by a handler, by the store's clock."""
    await bench.have(power_law, TINY)
    jobs = [await bench.client.carry_out("export", bench.export_order()) for _ in range(bench.scale.dispatches)]
    waits = [seconds_between(job.record["created"], job.record["started"]) for job in jobs]
    bench.results.note_latencies("dispatch", waits)


async def measure_cancels(bench: Bench) -> None:
    """Cancel exports and imports at different points: from the request to the end, the undo among it."""
    await bench.have(power_law, bench.scale.cancelled_elements)
    exports = await _cancel_several(bench, "export", bench.scale.cancels)
    bench.results.note_latencies("cancelled_export_ended", [each.until_ended for each in exports])
    imports = await _cancel_several(bench, "import", bench.scale.cancels // 2)
    bench.results.note_latencies("cancelled_import_ended", [each.until_ended for each in imports])


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """What became of a cancelled job."""

    record: Mapping[str, Any]
    until_ended: float
    """Seconds since the request, the undo among them."""


async def _cancel_several(bench: Bench, action: str, times: int) -> Sequence[Cancelled]:
    """Raises: EngineError when all ended before they could be cancelled, for so small a graph says nothing."""
    whole = await _time(bench, action)
    cancelled = [await cancel(bench, action, after=(number + 0.5) / times * whole) for number in range(times)]
    if not (found := [each for each in cancelled if each is not None]):
        raise EngineError(f"every {action} ended before it could be cancelled")
    return found


async def _time(bench: Bench, action: str) -> float:
    """Return how many seconds the work takes when nobody cancels it."""
    if action == "export":
        return await bench.export()
    seconds = await bench.import_archive()
    await bench.empty_target()
    return seconds


async def cancel(bench: Bench, action: str, *, after: float) -> Cancelled | None:
    """Submit a job, cancel it after so many seconds; None when it ended before. Raises: EngineError."""
    order = bench.export_order() if action == "export" else await bench.import_order()
    job_id = await bench.client.submit(action, order)
    await asyncio.sleep(after)
    asked = time.perf_counter()
    try:
        await bench.client.cancel_job(job_id)
    except EngineError:
        await bench.client.wait_until_closed(job_id)  # it was past the point of no return
        if action == "import":
            await bench.empty_target()
        return None
    while (record := await bench.client.read_job(job_id))["status"] not in TERMINAL_STATUSES:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_SECONDS)
    if record["status"] != Status.CANCELLED:
        raise EngineError(f"The cancelled {action} ended as {record['status']}: {record['failure']}")
    return Cancelled(record=record, until_ended=time.perf_counter() - asked)
