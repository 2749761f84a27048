"""The answers of jobs, and the functions that make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from typing_extensions import TypedDict

from gateway.bodies.times import Time, view_time
from shared.jobs.record import Cancellation, Failure, Job, JobKind, Phase, Progress, Status, Surface
from shared.jobs.requests import JobRequest, RecordedRequest, UnknownRequest
from shared.jobs.summaries import ArchiveFacts
from shared.jobs.summary_json import SummaryJson, to_json
from shared.logs import log_name
from shared.ports.jobs import JobPage


class ProgressAnswer(TypedDict):
    """Counts so far, and totals where they are known."""

    nodes_done: int
    nodes_total: int | None
    relationships_done: int
    relationships_total: int | None
    bytes_done: int


class CancellationAnswer(TypedDict):
    """Who asked for a job to stop."""

    reason: str | None
    by: str
    at: Time | None


class QueuedAnswer(TypedDict):
    """Where a job stands that waits for the tenant's slot."""

    place: int
    running: str | None


class JobAnswer(TypedDict):
    """A job."""

    id: str
    kind: JobKind
    surface: Surface
    status: Status
    phase: Phase
    progress: ProgressAnswer
    archive: ArchiveFacts | None
    summary: SummaryJson
    failure: Failure | None
    created: Time | None
    started: Time | None
    updated: Time | None
    ended: Time | None
    attempt: int
    crashes: int
    database: str
    created_by: str
    request: JobRequest
    retry_of: str | None
    depends_on: Sequence[str]
    cancel: CancellationAnswer | None
    source_system: str | None
    correlation_id: str | None
    log: str
    queue: QueuedAnswer | None


_EXTENSIBLE: Final = ("progress", "archive", "failure", "cancel")
"""Parts of the answer into which a later version may have written more."""


class JobsAnswer(TypedDict):
    """A part of a listing of jobs."""

    jobs: list[JobAnswer]
    next_cursor: str | None


def view_job(job: Job, queue: QueuedAnswer | None = None) -> JobAnswer:
    """Return the public fields of the record, and what a later version wrote into them as it is.

    Where the job stands in the queue no record tells: whoever has not asked for it says nothing of it.
    """
    answer = _view_known(job, queue)
    if not job.unknown:
        return answer
    later: Any = {name: _add(answer[name], job.unknown[name]) for name in _EXTENSIBLE if name in job.unknown}
    return {**answer, **later}


def _view_known(job: Job, queue: QueuedAnswer | None) -> JobAnswer:
    return {
        "id": job.id,
        "kind": job.kind,
        "surface": job.surface,
        "status": job.status,
        "phase": job.progress.phase,
        "progress": _view_progress(job.progress),
        "archive": job.archive,
        "summary": to_json(job.summary),
        "failure": job.failure,
        "created": view_time(job.created),
        "started": view_time(job.started),
        "updated": view_time(job.updated),
        "ended": view_time(job.ended),
        "attempt": job.attempt,
        "crashes": job.crashes,
        "database": job.database,
        "created_by": job.created_by,
        "request": view_request(job.request),
        "retry_of": job.retry_of,
        "depends_on": job.depends_on,
        "cancel": None if job.cancel is None else view_cancellation(job.cancel),
        "source_system": job.source_system,
        "correlation_id": job.correlation_id,
        "log": log_name(job.id),
        "queue": queue,
    }


def view_request(request: RecordedRequest) -> Any:
    """Return what was asked for; of a later version as it is."""
    return request.content if isinstance(request, UnknownRequest) else request


def _add(known: Any, unknown: Any) -> Any:
    """Return what is known of a part, with what is not."""
    if not isinstance(unknown, Mapping):
        return unknown
    return {**(known if isinstance(known, Mapping) else asdict(known)), **unknown}


def _view_progress(progress: Progress) -> ProgressAnswer:
    return {
        "nodes_done": progress.nodes_done,
        "nodes_total": progress.nodes_total,
        "relationships_done": progress.relationships_done,
        "relationships_total": progress.relationships_total,
        "bytes_done": progress.bytes_done,
    }


def view_cancellation(cancel: Cancellation) -> CancellationAnswer:
    """Return who asked for a job to stop."""
    return {"reason": cancel.reason, "by": cancel.by, "at": view_time(cancel.at)}


def view_jobs(page: JobPage) -> JobsAnswer:
    """Return a part of a listing."""
    return {"jobs": [view_job(job) for job in page.jobs], "next_cursor": page.next_cursor}
