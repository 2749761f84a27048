"""The request of a job, as the handler of its kind knows it."""

from __future__ import annotations

from typing import TypeVar

from shared.errors import InvalidRequestError
from shared.jobs.record import Job
from shared.jobs.requests import JobRequest

Request = TypeVar("Request", bound=JobRequest)


def require_request(job: Job, kind: type[Request]) -> Request:
    """Return the job's request. Raises: InvalidRequestError for one of another kind."""
    if not isinstance(job.request, kind):
        raise InvalidRequestError(f"Job {job.id} is of kind {job.kind}, but holds a {type(job.request).__name__}.")
    return job.request
