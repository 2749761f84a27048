"""The listing of a tenant's jobs of one kind, running or just ended, and its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.access.visibility import may_see
from gateway.bodies.times import view_time
from gateway.dialects.spark.views import process_seconds
from shared.caller import Caller
from shared.jobs.record import Job, JobKind
from shared.ports.jobs import EndedFilter, JobStore

RECENT = timedelta(hours=1)
"""How long ended jobs stay in the listing."""

MOST_RECENT = 500
"""Listed at most: an answer that holds nobody else up."""

JOB_LIMIT = 1
"""Running jobs of one tenant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindListing:
    """The jobs of one kind that a listing shows."""

    kind: JobKind
    unfinished: Sequence[Job]
    recent: Sequence[Job]
    """Ended ones, the last first."""
    running: int
    """Of the whole tenant, whoever asks."""


async def read_listing(jobs: JobStore, caller: Caller, kind: JobKind, now: datetime) -> KindListing:
    """Return the jobs that the caller may see, of every surface."""
    user = None if caller.principal.sees_all_jobs else caller.user
    wanted = EndedFilter(since=now - RECENT, created_by=user, kind=kind, most=MOST_RECENT)
    listing = await jobs.read_listing(caller.tenant, wanted)
    return KindListing(
        kind=kind,
        unfinished=[job for job in listing.unfinished[::-1] if job.kind is kind and may_see(job, caller)],
        recent=[job for job in listing.ended if job.ended is not None and job.ended >= wanted.since],
        running=sum(job.kind is kind and job.attempt > 0 for job in listing.unfinished),
    )


def view_listing(listing: KindListing, now: datetime) -> Mapping[str, Any]:
    """Return the tenant's listing of exports, or of imports."""
    kind = listing.kind.value
    return {
        f"in_progress_{kind}s": [_view_item(job, now) for job in listing.unfinished],
        f"recent_{kind}s": [_view_item(job, now) for job in listing.recent],
        "tenant": {
            "configuration": {f"{kind}_api_job_limit": JOB_LIMIT},
            "status": {f"{kind}_api_jobs_in_progress": listing.running},
        },
    }


def _view_item(job: Job, now: datetime) -> Mapping[str, Any]:
    kind = job.kind.value
    data = {
        f"{kind}_status": job.status.value,
        "response_timestamp": view_time(now),
        "created_by": job.created_by,
        "created_timestamp": view_time(job.created),
        "updated_timestamp": view_time(job.updated),
        "process_time": process_seconds(job, now),
    }
    return {"object": kind, "id": job.id, "data": data}
