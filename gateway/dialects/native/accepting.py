"""Turns a checked request of this dialect into a job."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from aiohttp import web

from gateway.bodies.parsing import digest_request
from gateway.bodies.responses import job_url, respond_json
from gateway.dialects.native.jobs.answers import JobAnswer, view_job
from gateway.doc import LOCATION, Answer, refusals
from gateway.keys import CALLER, METRICS, RESOURCES, TRACE
from gateway.server.text import read_text_header
from gateway.submission.submission import Submission
from gateway.submission.submit import submit
from shared.jobs.record import Job, JobWebhook, Surface
from shared.jobs.requests import JobRequest
from shared.ports.jobs import WhenBusy

ACCEPTED: Final = MappingProxyType({202: Answer(text="The job is accepted.", model=JobAnswer, headers=LOCATION)})
"""What accept_job answers."""
JOB_HEADERS: Final = MappingProxyType({"Idempotency-Key": "Makes the same request sent twice one job."})
JOB_REFUSALS: Final = refusals(409, 422)
"""What it refuses with besides; a full queue is among what every route may answer."""


async def accept_job(
    request: web.Request,
    wanted: JobRequest,
    *,
    depends_on: Sequence[str] = (),
    queue: bool = True,
    webhook: JobWebhook | None = None,
    again: Job | None = None,
) -> web.Response:
    """Submit a job, maybe a job's once more; a request sent twice with one Idempotency-Key is one job."""
    key = read_text_header(request.headers, "Idempotency-Key")
    submission = Submission(
        caller=request[CALLER],
        surface=Surface.NATIVE,
        request=wanted,
        when_busy=WhenBusy.QUEUE if queue else WhenBusy.REFUSE,
        source_system=None if again is None else again.source_system,
        correlation_id=None if again is None else again.correlation_id,
        idempotency_key=key,
        request_digest=await digest_request(request) if key else None,
        retry_of=None if again is None else again.id,
        depends_on=tuple(dict.fromkeys(depends_on)),
        webhook=webhook if again is None else again.webhook,
        trace=request[TRACE],
    )
    job = await submit(request.app[RESOURCES], request.app[METRICS], submission)
    headers = {"Location": job_url(request, job)}
    return respond_json(view_job(job), status=202, headers=headers)
