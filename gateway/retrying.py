"""Which ended jobs may be made again."""

from __future__ import annotations

from shared.archive_names import is_upload
from shared.errors import JobNotRetriableError, UploadGoneError
from shared.jobs import TERMINAL_STATUSES, ImportRequest, Job, Status


def require_retriable(job: Job) -> Job:
    """Return a job whose request can be made again. Raises: JobNotRetriableError, UploadGoneError."""
    if job.status not in TERMINAL_STATUSES - {Status.CLOSED}:
        raise JobNotRetriableError(
            f"Job {job.id!r} has the status {job.status!r}; only jobs that failed, were cancelled or ran out of time "
            "can be retried."
        )
    if isinstance(job.request, ImportRequest) and is_upload(job.request.archive_name):
        raise UploadGoneError(
            f"The archive that came with the request for job {job.id!r} is gone since the job ended; send the request "
            "with its archive again."
        )
    return job
