"""Runs a job to its end within one request."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from aiohttp import web

from gateway.bodies.responses import job_url
from gateway.dialects.darwin.waiting import wait_for_end
from gateway.http_errors import JobUnfinishedError
from gateway.keys import CALLER, METRICS, RESOURCES, SETTINGS, TRACE
from gateway.lasting import while_admitted
from gateway.server.connections import is_gone
from gateway.submission.submission import Submission
from gateway.submission.submit import submit
from shared.errors import GraphferryError, JobEndedError
from shared.jobs.record import Cancellation, Job, JobKind, Surface
from shared.jobs.requests import JobRequest
from shared.rights.jobs import ImportRight


async def submit_job(request: web.Request, wanted: JobRequest, job_id: str) -> Job:
    """Submit a job, which takes its turn in the tenant. Raises: what `submit` raises."""
    submission = Submission(
        job_id=job_id,
        caller=request[CALLER],
        surface=Surface.DARWIN,
        request=wanted,
        # Whoever may use this surface may do here all that it offers.
        import_right=ImportRight.CATALOGUE,
        trace=request[TRACE],
    )
    return await submit(request.app[RESOURCES], request.app[METRICS], submission)


async def await_end(request: web.Request, job: Job) -> Job:
    """Return the job once it has ended.

    Where its caller leaves, or may not hear of it any more, an export is cancelled, for nobody would get it; an import
    goes on, as if it had been told.
    Raises: JobUnfinishedError when the time for this is over; ConnectionResetError when nobody waits any more; as
    while_admitted.
    """
    jobs, seconds = request.app[RESOURCES].jobs, request.app[SETTINGS].darwin_wait_seconds
    try:
        async with while_admitted(request):
            job = await wait_for_end(jobs, job, seconds=seconds, is_awaited=lambda: not is_gone(request))
    except GraphferryError:
        await _cancel_export(request, job)
        raise
    if job.has_ended:
        return job
    if not is_gone(request):
        url = job_url(request, job)
        message = f"Job {job.id} has not ended within {seconds} seconds, and goes on; ask for it at {url}."
        raise JobUnfinishedError(message, headers={"Location": url}, fields={"job_id": job.id, "job_url": url})
    await _cancel_export(request, job)
    raise ConnectionResetError(f"nobody waits for job {job.id}")


async def _cancel_export(request: web.Request, job: Job) -> None:
    if job.kind is JobKind.EXPORT:
        cancellation = Cancellation(reason="nobody waits for it", by=request[CALLER].user, at=datetime.now(UTC))
        with suppress(JobEndedError):
            await request.app[RESOURCES].jobs.request_cancel(job.id, cancellation)
