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

from handlers.worker.stopping import Stop, wait_for_any
from shared.service_manager import tell_ready

PROGRAM = (sys.executable, "-m", "handlers")

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0

STEADY_SECONDS = 30.0
"""A worker that lived this long is started again after the first, short pause."""

STOP_SECONDS = 10.0
"""A worker that hands off needs five; one that takes longer is killed, and its jobs are taken over."""

PARENT_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A number of workers, kept."""

    processes: int
    environ: Mapping[str, str]
    arguments: Sequence[str] = ()
    """What each worker is started with."""
    once: bool = False
    """Whether a worker that ended well is not started again."""
    final_codes: frozenset[int] = frozenset()
    """Exit codes after which another start would end in the same way."""
    program: Sequence[str] = PROGRAM
    stop: Stop = field(default_factory=Stop)

    async def serve(self) -> int:
        """Keep the workers until told to stop; return the worst of their last exit codes."""
        self.stop.follow_signals()
        tell_ready()
        return max(await asyncio.gather(*(self._keep(number + 1) for number in range(self.processes))))

    async def _keep(self, number: int) -> int:
        pause = FIRST_PAUSE_SECONDS
        log = structlog.get_logger(__name__).bind(place=number)
        while True:
            began = asyncio.get_running_loop().time()
            code = await self._run_one(number - 1)
            if self.stop.asked.is_set() or code in self.final_codes or (self.once and code == 0):
                return max(code, 0)
            if asyncio.get_running_loop().time() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            log.warning("worker ended; starting it again", code=code, pause=pause)
            await wait_for_any(self.stop.asked.wait(), seconds=pause)
            if self.stop.asked.is_set():
                return 0
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _run_one(self, place: int) -> int:
        words = [*self.program, "--parent", str(os.getpid()), "--place", str(place), *self.arguments]
        # In a session of its own, so that a Ctrl-C reaches it through this process only.
        process = await asyncio.create_subprocess_exec(*words, env=dict(self.environ), start_new_session=True)
        await wait_for_any(process.wait(), self.stop.asked.wait())
        if not self.stop.at_once.is_set():
            _tell(process, signal.SIGTERM)
            await wait_for_any(process.wait(), self.stop.at_once.wait(), seconds=self.stop.drain_seconds)
        # Without a drain both signals mean the same, and SIGTERM is the quiet one to a process that is still starting.
        _tell(process, signal.SIGINT if self.stop.drain_seconds else signal.SIGTERM)
        await wait_for_any(process.wait(), seconds=STOP_SECONDS)
        _tell(process, signal.SIGKILL)
        return await process.wait()


def _tell(process: asyncio.subprocess.Process, signum: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        if process.returncode is None:
            process.send_signal(signum)


async def follow_parent(parent: int, stop: Stop) -> None:
    """Stop at once when the process that keeps this one has died."""
    while os.getppid() == parent:  # noqa: ASYNC110 - the system tells nobody
        await asyncio.sleep(PARENT_SECONDS)
    stop.hurry()
