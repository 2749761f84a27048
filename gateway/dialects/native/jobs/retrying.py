"""Which ended jobs may be submitted again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from shared.archive_names import is_upload
from shared.errors import JobNotRetriableError, UnknownJobError, UploadGoneError
from shared.jobs.record import TERMINAL_STATUSES, Job, Status
from shared.jobs.requests import ImportRequest, JobRequest, UnknownRequest
from shared.ports.jobs import JobStore


def require_retriable(job: Job) -> JobRequest:
    """Return the request of a job that can be made again. Raises: JobNotRetriableError, UploadGoneError."""
    if job.status not in TERMINAL_STATUSES - {Status.CLOSED}:
        raise JobNotRetriableError(
            f"Job {job.id!r} has the status '{job.status}'; only jobs that failed, were cancelled or ran out of time "
            "can be retried."
        )
    if isinstance(job.request, UnknownRequest):
        raise JobNotRetriableError(
            f"Job {job.id!r} is of a later version: this one does not know {', '.join(job.unsupported)}. "
            "Update this gateway, then retry the job."
        )
    if isinstance(job.request, ImportRequest) and is_upload(job.request.archive_name):
        raise UploadGoneError(
            f"The archive that came with the request for job {job.id!r} is gone since the job ended; send the request "
            "with its archive again."
        )
    return job.request


async def find_unfinished_dependencies(jobs: JobStore, job: Job) -> Sequence[str]:
    """Return what the job waited for that may still close; what ended otherwise must not stop it for ever."""
    return [each for each in job.depends_on if await _is_unfinished(jobs, each)]


async def _is_unfinished(jobs: JobStore, job_id: str) -> bool:
    with suppress(UnknownJobError):
        return not (await jobs.get(job_id)).has_ended
    return False
