"""Several worker processes under one parent, which restarts those that die."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

PROGRAM = (sys.executable, "-m", "handlers")

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0

STEADY_SECONDS = 30.0
"""A worker that lived this long is started again after the first, short pause."""

STOP_SECONDS = 10.0
"""A stopping worker needs five; one that takes longer is killed, and its jobs are taken over."""

PARENT_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A number of workers, kept."""

    processes: int
    environ: Mapping[str, str]
    once: bool = False
    """Whether a worker that ended well is not started again."""
    final_codes: frozenset[int] = frozenset()
    """Exit codes after which another start would end in the same way."""
    program: Sequence[str] = PROGRAM
    shutdown: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self) -> int:
        """Keep the workers until the shutdown is set; return the worst of their last exit codes."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signum, self.shutdown.set)
        return max(await asyncio.gather(*(self._keep(number + 1) for number in range(self.processes))))

    async def _keep(self, number: int) -> int:
        pause = FIRST_PAUSE_SECONDS
        log = structlog.get_logger(__name__).bind(place=number)
        while True:
            began = asyncio.get_running_loop().time()
            code = await self._run_one()
            if self.shutdown.is_set() or code in self.final_codes or (self.once and code == 0):
                return max(code, 0)
            if asyncio.get_running_loop().time() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            log.warning("worker ended; starting it again", code=code, pause=pause)
            await self._wait_for_shutdown(pause)
            if self.shutdown.is_set():
                return 0
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _run_one(self) -> int:
        words = [*self.program, "--parent", str(os.getpid()), *(["--once"] if self.once else [])]
        # In a session of its own, so that a Ctrl-C reaches it through this process only.
        process = await asyncio.create_subprocess_exec(*words, env=dict(self.environ), start_new_session=True)
        ended = asyncio.create_task(process.wait())
        told = asyncio.create_task(self.shutdown.wait())
        await asyncio.wait({ended, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if not ended.done():
            process.terminate()
            await asyncio.wait({ended}, timeout=STOP_SECONDS)
        if not ended.done():
            process.kill()
        return await ended

    async def _wait_for_shutdown(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.shutdown.wait()


async def follow_parent(parent: int, shutdown: asyncio.Event) -> None:
    """Set the shutdown when the process that keeps this one has died."""
    while os.getppid() == parent:  # noqa: ASYNC110 - the system tells nobody
        await asyncio.sleep(PARENT_SECONDS)
    shutdown.set()
