"""The routes of job events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.dialects.native.base import API
from gateway.dialects.native.events import endpoints
from gateway.dialects.native.events.stream import MEDIA_TYPE
from gateway.doc import TEXT, Answer, Doc
from gateway.route import Route

_LAST: Final = {endpoints.LAST_EVENT: "The `id` of the last event that was seen, to go on from there."}


def list_event_routes() -> Sequence[Route]:
    """List the routes."""
    return [
        Route(
            method="GET",
            path=f"{API}/jobs/{{job_id}}/events",
            name="jobs.events",
            endpoint=endpoints.stream_job,
            doc=Doc(
                summary="Follow a job: an event `job` at each change, the last one at its end.",
                headers=_LAST,
                answers={
                    200: Answer(text="Server-sent events, each with the job.", media_types=(MEDIA_TYPE,), schema=TEXT),
                    204: Answer(text="The job has ended, and the caller knows.", media_types=()),
                },
            ),
        ),
        Route(
            method="GET",
            path=f"{API}/events",
            name="events",
            endpoint=endpoints.stream_jobs,
            doc=Doc(
                summary="Follow the tenant's jobs that the caller may see: an event `job` at each change.",
                headers=_LAST,
                answers={
                    200: Answer(text="Server-sent events, each with a job.", media_types=(MEDIA_TYPE,), schema=TEXT)
                },
            ),
        ),
    ]
