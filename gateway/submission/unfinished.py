"""The jobs of a tenant that have not ended."""

from __future__ import annotations

from collections.abc import Sequence

from shared.jobs.record import Job
from shared.ports.jobs import JobStore


async def list_unfinished(jobs: JobStore, tenant: str) -> Sequence[Job]:
    """List the tenant's jobs that have not ended: the one that holds its slot, then those that wait for it."""
    running = await jobs.find_running(tenant)
    waiting = await jobs.list_waiting(tenant)
    return waiting if running is None else [running, *waiting]
