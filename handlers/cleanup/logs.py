"""Puts the logs of ended jobs where they are kept, and removes those whose records the store has let go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from handlers.log_completing import try_completing
from shared.concurrency.loops import Loop, every
from shared.errors import GraphferryError, UnknownJobError
from shared.ports.jobs import JobStore
from shared.resources import Resources

SWEEP_SECONDS: Final = 3600.0
"""Records are kept for days: nobody waits for this."""

COMPLETE_SECONDS: Final = 30.0
"""Who reads a log sees no difference; the store's memory is freed."""


def make_log_sweep(resources: Resources, *, seconds: float = SWEEP_SECONDS) -> Loop:
    """Make the loop that removes logs about every so many seconds."""
    return Loop(
        name="logs",
        work=partial(sweep_logs, resources),
        pauses=every(seconds),
        event="logs not swept",
        reason="reason",
        expected=(GraphferryError, OSError),
    )


def make_log_completing(resources: Resources, *, seconds: float = COMPLETE_SECONDS) -> Loop:
    """Make the loop that puts logs of ended jobs where they are kept about every so many seconds."""
    return Loop(
        name="log-completing",
        work=partial(complete_logs, resources),
        pauses=every(seconds),
        event="logs not completed",
        reason="reason",
        expected=(GraphferryError, OSError),
    )


async def sweep_logs(resources: Resources) -> None:
    """Remove each log that nobody has written to for as long as records are kept, and that has no record any more.

    Raises: StoreUnavailableError, UnavailableError, OSError.
    """
    since = datetime.now(UTC) - timedelta(days=resources.settings.keep_ended_days)
    async for log in resources.logs.list_unwritten(since):
        try:
            await resources.jobs.get(log.job_id)
        except UnknownJobError:
            await resources.logs.remove(log)


async def complete_logs(resources: Resources) -> None:
    """Put each log where it is kept whose job has ended, as the reaper ends it, or another worker that died then.

    One that cannot be is left to the next round, and keeps back no other. Records of jobs that live workers
    have in hand are not read. Raises: StoreUnavailableError.
    """
    if not (logs := await resources.logs.list_open()):
        return
    at_work = {each.job_id for each in await resources.jobs.list_workers()}
    for log in logs:
        if log.job_id not in at_work and await _has_ended(resources.jobs, log.job_id):
            await try_completing(resources.logs, log)


async def _has_ended(jobs: JobStore, job_id: str) -> bool:
    try:
        return (await jobs.get(job_id)).has_ended
    except UnknownJobError:
        return True
