"""What we use of arq 0.28.0 that is not public.

- `Worker.tasks`: the events that the worker is answering. Without it nobody waits for them at a stop.
- `Worker.allow_pick_jobs`: whether the worker takes further events. Without it a stopping worker takes some that it
  must give back, and a worker that is to take a single event takes several.
- `Worker.sem`, `Worker.job_counter`, `Worker.max_jobs`: the places for events that are answered at the same time. arq
  forgets to give a place back when the store fails between taking the place and starting the work. Without them a
  worker has one place fewer after each such failure, and in the end takes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from arq.worker import Worker


def list_tasks(worker: Worker) -> Sequence[asyncio.Task[None]]:
    """List the events that the worker has not yet answered, each as the task that does so."""
    return [each for each in worker.tasks.values() if not each.done()]


def allow_taking(worker: Worker, *, allowed: bool) -> None:
    """Let the worker take further events, or none."""
    worker.allow_pick_jobs = allowed


async def restore_places(worker: Worker) -> None:
    """Free all places but those of events that are being answered; the worker must not take any meanwhile."""
    # A task that has just ended gives its place back in the next turn of the loop.
    await asyncio.sleep(0)
    busy = len(list_tasks(worker))
    worker.job_counter = busy
    worker.sem = asyncio.BoundedSemaphore(worker.max_jobs + 1)
    for _ in range(busy):
        await worker.sem.acquire()
