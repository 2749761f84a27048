"""Waits for a job within the request that submitted it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from shared.errors import StoreUnavailableError
from shared.jobs.record import Job
from shared.ports.jobs import JobStore

FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.5
"""Between two looks at a job: short for one that ends soon, cheap for one that does not."""


async def wait_for_end(jobs: JobStore, job: Job, *, seconds: float, is_awaited: Callable[[], bool]) -> Job:
    """Return the job as it is when it has ended, when the time is over, or when nobody waits any more.

    A store that does not answer is asked again: the job goes on without it.
    """
    end, pause = time.monotonic() + seconds, FIRST_PAUSE_SECONDS
    while not job.has_ended and is_awaited() and time.monotonic() < end:
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        with suppress(StoreUnavailableError):
            job = await jobs.get(job.id)
    return job
