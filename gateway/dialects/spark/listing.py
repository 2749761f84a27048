"""The tenant's jobs of one kind, running or just ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from gateway.caller import Caller
from gateway.dialects.spark.views import Listing
from shared.jobs import TERMINAL_STATUSES, Job, JobKind
from shared.ports import JobFilter, JobStore

RECENT = timedelta(hours=1)
"""How long ended jobs stay in the listing."""

_PAGE = 500


async def read_listing(jobs: JobStore, caller: Caller, kind: JobKind, now: datetime) -> Listing:
    """Return the jobs that the caller may see, of every surface."""
    found = await _read_jobs(jobs, caller.tenant, JobFilter(kinds=frozenset({kind}), ended_since=now - RECENT))
    visible = [job for job in found if caller.principal.sees_all_jobs or job.created_by == caller.user]
    return Listing(
        kind=kind,
        unfinished=[job for job in visible if job.status not in TERMINAL_STATUSES],
        recent=sorted((job for job in visible if job.status in TERMINAL_STATUSES), key=_ended, reverse=True),
        running=sum(job.status not in TERMINAL_STATUSES and job.attempt > 0 for job in found),
    )


def _ended(job: Job) -> datetime:
    return job.ended or job.updated


async def _read_jobs(jobs: JobStore, tenant: str, where: JobFilter) -> Sequence[Job]:
    found: list[Job] = []
    cursor: str | None = None
    while True:
        page = await jobs.list_jobs(tenant, where=where, cursor=cursor, limit=_PAGE)
        found += page.jobs
        if (cursor := page.next_cursor) is None:
            return found
