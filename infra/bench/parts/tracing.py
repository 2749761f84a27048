"""Imports by a worker that sends traces, beside the same by one that does not."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from infra.bench.graphs import power_law
from infra.bench.observed_room import FOLDER_VARIABLE
from infra.bench.pairing import Side
from infra.bench.peers.collector import Collector, open_collector
from infra.bench.workbench import Bench
from infra.engines.process import EngineError, Process
from infra.stack.rooms import room_starter
from shared.settings.process import PREFIX

_UNTRACED: Final = "worker-1"
_TRACED: Final = "worker-traced"
_START_SECONDS: Final = 60.0


async def measure_tracing(bench: Bench) -> None:
    """Import by each worker in turn; the other one is stopped where it stands, and idles. Raises: EngineError."""
    await bench.have(power_law)
    await bench.have_archive()
    async with open_collector() as collector, _open_worker(bench, collector) as worker:
        traced, untraced = worker.pid, bench.stack.pids[_UNTRACED]
        sides = [
            Side(name=name, prepare=partial(_choose, taking, idling), measure=bench.import_archive, clear=clear)
            for name, taking, idling, clear in (
                ("traced", traced, untraced, partial(_clear, bench, traced, untraced)),
                ("untraced", untraced, traced, partial(_clear, bench, traced, untraced)),
            )
        ]
        for side in sides:  # so that neither pays for first steps
            await side.prepare()
            await side.measure()
            await side.clear()
        if not collector.bytes:
            raise EngineError("the worker that is to send traces has sent none")
        await bench.compare("import_traced_vs_untraced", *sides, rounds=bench.scale.short_rounds)
    bench.results.figures["tracing_bytes_per_import"] = collector.bytes / (bench.scale.short_rounds + 1)


@asynccontextmanager
async def _open_worker(bench: Bench, collector: Collector) -> AsyncIterator[Process]:
    """Have a second worker, which sends traces."""
    plan = bench.stack.plan
    environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environ |= {FOLDER_VARIABLE: str(bench.gaps), f"{PREFIX}TRACING_ENDPOINT": collector.url}
    start = room_starter(
        _TRACED,
        [*plan.room_program, "handlers"],
        settings=plan.settings,
        environ=environ,
        checkout=bench.checkout,
        metrics_port=0,
    )
    process = await asyncio.to_thread(start)
    try:
        await asyncio.to_thread(process.wait_for_line, "worker started", seconds=_START_SECONDS)
        yield process
    finally:
        for each in (process.pid, bench.stack.pids[_UNTRACED]):
            os.kill(each, signal.SIGCONT)
        await asyncio.to_thread(process.stop)


async def _choose(taking: int, idling: int) -> None:
    os.kill(taking, signal.SIGCONT)
    os.kill(idling, signal.SIGSTOP)


async def _clear(bench: Bench, *workers: int) -> None:
    for worker in workers:
        os.kill(worker, signal.SIGCONT)
    await bench.empty_target()
