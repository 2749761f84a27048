"""The jobs of a tenant that have not ended."""

from __future__ import annotations

from collections.abc import Sequence

from shared.jobs.record import Job
from shared.jobs.touched import may_touch
from shared.ports.jobs import JobStore


async def list_unfinished(jobs: JobStore, tenant: str) -> Sequence[Job]:
    """List the tenant's jobs that have not ended: the one that holds its slot, then those that wait for it."""
    running = await jobs.find_running(tenant)
    waiting = await jobs.list_waiting(tenant)
    return waiting if running is None else [running, *waiting]


def may_concern(job: Job, database: str, name: str) -> bool:
    """Return whether a job may read or change the application of this name in this database."""
    return job.database == database and may_touch(job.request, name)


async def has_unfinished_job(jobs: JobStore, tenant: str, database: str, name: str) -> bool:
    """Return whether a job of the tenant that has not ended may still bring, change or remove this application."""
    return any(may_concern(job, database, name) for job in await list_unfinished(jobs, tenant))
