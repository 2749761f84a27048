"""Where a job stands that waits for its tenant's slot."""

from __future__ import annotations

from gateway.access.visibility import may_see
from gateway.dialects.native.jobs.answers import QueuedAnswer
from shared.caller import Caller
from shared.jobs.record import Job
from shared.ports.jobs import JobStore


async def find_queued(jobs: JobStore, caller: Caller, job: Job) -> QueuedAnswer | None:
    """Return the job's place, and the job that has the slot if the caller may see it; None: it does not wait for it.

    Nothing is asked about a job that has had the slot, as most have that are asked for again and again.
    """
    if job.has_ended or job.attempt > 0 or (place := await jobs.find_place(job)) is None:
        return None
    running = await jobs.find_running(job.tenant)
    return {"place": place, "running": running.id if running is not None and may_see(running, caller) else None}
