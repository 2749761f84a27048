"""A real worker process whose handlers do as the application's name says."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from handlers.attempts.context import Context, Handler
from handlers.worker.process import run_process
from shared.jobs.record import Job, JobKind, Outcome, Phase, Progress, Status
from shared.jobs.requests import ExportRequest
from shared.jobs.summaries import Summary
from tests.support.summaries import UNDONE

GATE = Path(os.environ.get("GRAPHFERRY_DATA_DIR", "")) / "gate"
"""What gated jobs wait for."""


async def run(job: Job, context: Context) -> Outcome:
    assert isinstance(job.request, ExportRequest)
    match job.request.applications[0].name:
        case "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        case "slow" | "short" as name:
            for done in range(100 if name == "slow" else 5):
                await asyncio.sleep(0.02)
                await context.advance(Progress(phase=Phase.NODES, nodes_done=done))
        case "endless" | "gated" as name if context.claim.attempt == 1:
            while name == "endless" or not GATE.exists():
                await asyncio.sleep(0.02)
                await context.advance(Progress(phase=Phase.NODES, nodes_done=1))
        case "deaf":
            await asyncio.sleep(60)
        case _:
            pass
    told = {"attempt": context.claim.attempt, "process": os.getpid()}
    return Outcome(status=Status.CLOSED, summary=Summary(unknown=told))


async def undo(_: Job, __: Context) -> Summary:
    return UNDONE


HANDLERS = {JobKind.EXPORT: Handler(run=run, undo=undo)}

if __name__ == "__main__":
    PROGRAM = (sys.executable, "-m", "tests.support.stacks.worker_process")
    sys.exit(run_process(sys.argv[1:], os.environ, HANDLERS, PROGRAM))
