"""The tenant's jobs of one kind, running or just ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from gateway.dialects.spark.views import KindListing
from shared.caller import Caller
from shared.jobs.record import Job, JobKind
from shared.ports.jobs import JobStore

RECENT = timedelta(hours=1)
"""How long ended jobs stay in the listing."""


async def read_listing(jobs: JobStore, caller: Caller, kind: JobKind, now: datetime) -> KindListing:
    """Return the jobs that the caller may see, of every surface."""
    listing = await jobs.read_listing(caller.tenant, ended_since=now - RECENT)
    return KindListing(
        kind=kind,
        unfinished=_choose(listing.unfinished[::-1], caller, kind),
        recent=_choose(listing.ended, caller, kind),
        running=sum(job.kind is kind and job.attempt > 0 for job in listing.unfinished),
    )


def _choose(jobs: Sequence[Job], caller: Caller, kind: JobKind) -> Sequence[Job]:
    sees_all = caller.principal.sees_all_jobs
    return [job for job in jobs if job.kind is kind and (sees_all or job.created_by == caller.user)]
