"""The routes of jobs."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialects.native.base import API
from gateway.dialects.native.jobs import endpoints
from gateway.route import Route


def list_job_routes() -> Sequence[Route]:
    """List the routes."""
    job = f"{API}/jobs/{{job_id}}"
    return [
        Route(method="GET", path=f"{API}/jobs", name="jobs.list", endpoint=endpoints.list_jobs),
        Route(method="GET", path=job, name="jobs.get", endpoint=endpoints.get_job, is_polled=True),
        Route(method="PATCH", path=job, name="jobs.cancel", endpoint=endpoints.cancel_job),
        Route(method="POST", path=f"{job}/retry", name="jobs.retry", endpoint=endpoints.retry_job),
        Route(method="GET", path=f"{job}/log", name="jobs.log", endpoint=endpoints.get_log),
    ]
