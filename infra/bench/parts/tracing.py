"""Imports by a worker that sends traces, beside the same by one that does not."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Final

from infra.bench.graphs import power_law
from infra.bench.observation import read_cpu
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
    """Import by each worker in turn; the other one is stopped where it stands. Raises: EngineError."""
    await bench.have(power_law)
    await bench.have_archive()
    async with open_collector() as collector, _open_worker(bench, collector) as worker:
        pids = {_TRACED: worker.pid, _UNTRACED: bench.stack.pids[_UNTRACED]}
        traced, untraced = _Worker(bench, _TRACED, pids), _Worker(bench, _UNTRACED, pids)
        for each in (traced, untraced):
            await each.warm_up()
        if not collector.bytes:
            raise EngineError("the worker that is to send traces has sent none")
        await bench.compare("import_traced_vs_untraced", traced.side, untraced.side, rounds=bench.scale.short_rounds)
    spent = median(traced.spent) / median(untraced.spent)
    bench.results.figures["import_traced_vs_untraced_worker_processor_ratio"] = spent
    bench.results.figures["import_traced_bytes"] = collector.bytes / len(traced.spent)


@dataclass(frozen=True, slots=True)
class _Worker:
    """One of the two, and what it has spent in each import."""

    bench: Bench
    name: str
    pids: dict[str, int]
    spent: list[float] = field(default_factory=list)

    @property
    def side(self) -> Side:
        """Import by this worker."""
        return Side(name=self.name, prepare=self._prepare, measure=self._import, clear=self._clear)

    async def warm_up(self) -> None:
        """Import once: neither side is to pay for first steps."""
        await self._prepare()
        await self._import()
        await self._clear()

    async def _prepare(self) -> None:
        for name, pid in self.pids.items():
            os.kill(pid, signal.SIGCONT if name == self.name else signal.SIGSTOP)

    async def _import(self) -> float:
        before = read_cpu(self.pids)[self.name]
        seconds = await self.bench.import_archive()
        self.spent.append(read_cpu(self.pids)[self.name] - before)
        return seconds

    async def _clear(self) -> None:
        for pid in self.pids.values():
            os.kill(pid, signal.SIGCONT)
        await self.bench.empty_target()


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
        await asyncio.to_thread(partial(process.wait_for_line, "worker started", seconds=_START_SECONDS))
        yield process
    finally:
        for pid in (process.pid, bench.stack.pids[_UNTRACED]):
            os.kill(pid, signal.SIGCONT)
        await asyncio.to_thread(process.stop)
