"""The routes of jobs."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.bodies.downloads import describe_download
from gateway.dialects.native.accepting import ACCEPTED, JOB_HEADERS, JOB_REFUSALS
from gateway.dialects.native.base import API
from gateway.dialects.native.jobs import endpoints
from gateway.dialects.native.jobs.answers import JobAnswer, JobsAnswer
from gateway.dialects.native.jobs.models import CancelBody, JobsQuery
from gateway.dialects.native.jobs.receipt import ReceiptAnswer
from gateway.doc import Answer, Body, Doc, refusals
from gateway.route import Route
from shared.inspecting.document import JudgementAnswer


def list_job_routes() -> Sequence[Route]:
    """List the routes."""
    job = f"{API}/jobs/{{job_id}}"
    return [
        Route(
            method="GET",
            path=f"{API}/jobs",
            name="jobs.list",
            endpoint=endpoints.list_jobs,
            doc=Doc(
                summary="List the jobs that the caller may see, newest first.",
                query=JobsQuery,
                answers={200: Answer(model=JobsAnswer)},
            ),
        ),
        Route(
            method="GET",
            path=job,
            name="jobs.get",
            endpoint=endpoints.get_job,
            doc=Doc(summary="Tell how a job stands.", answers={200: Answer(model=JobAnswer)}),
            is_polled=True,
        ),
        Route(
            method="GET",
            path=f"{job}/inspection",
            name="jobs.inspection",
            endpoint=endpoints.get_inspection,
            doc=Doc(
                summary="Read what a job found that inspected an archive, as the inspection itself answers.",
                answers={200: Answer(model=JudgementAnswer)},
                refusals=refusals(403, 409),
            ),
        ),
        Route(
            method="GET",
            path=f"{job}/receipt",
            name="jobs.receipt",
            endpoint=endpoints.get_receipt,
            doc=Doc(
                summary="Read the receipt of an ended job: who, when, what, with counts, digests and outcome.",
                answers={200: Answer(model=ReceiptAnswer)},
                refusals=refusals(409),
            ),
        ),
        Route(
            method="PATCH",
            path=job,
            name="jobs.cancel",
            endpoint=endpoints.cancel_job,
            doc=Doc(
                summary="Cancel a job: a waiting one at once, a running one at its next batch.",
                body=Body(model=CancelBody, example={"status": "cancelled", "reason": "wrong database"}),
                answers={200: Answer(model=JobAnswer)},
                refusals=refusals(409),
            ),
        ),
        Route(
            method="POST",
            path=f"{job}/retry",
            name="jobs.retry",
            endpoint=endpoints.retry_job,
            doc=Doc(
                summary="Do the request of a job once more that ended without success.",
                headers=JOB_HEADERS,
                answers=ACCEPTED,
                refusals=JOB_REFUSALS | {403, 422},
            ),
        ),
        Route(
            method="GET",
            path=f"{job}/log",
            name="jobs.log",
            endpoint=endpoints.get_log,
            doc=describe_download(
                "Read a job's log, whole or in part: JSON Lines, empty while nothing is written yet.",
                endpoints.LOG_MEDIA_TYPE,
            ),
        ),
    ]
