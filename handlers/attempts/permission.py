"""Asks at the start of an attempt whether the job's submitter may still have it done."""

from __future__ import annotations

import asyncio

from handlers.attempts.context import Context
from handlers.attempts.lease import RETRY_SECONDS
from shared.errors import StoreUnavailableError
from shared.jobs.record import Job
from shared.resources import Resources
from shared.rights.jobs import require_rights
from shared.submitters import require_submitter


async def require_permission(resources: Resources, job: Job, context: Context) -> None:
    """Refuse what would be refused if it were submitted now; past its point of no return a job only goes forward.

    Raises: ForbiddenError, UnknownDatabaseError, UnknownApplicationError; as advance.
    """
    if job.submitter is None or not job.cancellable:
        return None
    while True:
        try:
            caller = await require_submitter(resources.identity, job, job.submitter)
            return await require_rights(resources, caller, job.surface, job.request)
        except StoreUnavailableError:
            # Not a reason to fail: either the store is back in time, or the lease is lost.
            await asyncio.sleep(RETRY_SECONDS)
            await context.advance(context.lease.progress)
