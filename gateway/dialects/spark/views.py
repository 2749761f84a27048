"""The answers of the spark surface, to the letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.bodies.times import view_time
from gateway.dialects.spark.outputs import empty_outputs, view_export_outputs, view_import_outputs
from gateway.error_facts import ErrorFacts
from shared.jobs.record import Failure, Job, JobKind, Progress, Status

_CODES = {"INVALID_ARCHIVE": "INVALID_IMPORT_ZIP"}
"""Codes that this surface's clients know under another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFrame:
    """What a status body says that is not in the record."""

    now: datetime
    status_url: str
    file_url: str | None = None
    """The signed link; None: there is no file."""


def form_spark_error(facts: ErrorFacts) -> Mapping[str, Any]:
    """Return the body for an error."""
    return {**_view_error(facts.code, facts.message, facts.details), **facts.fields}


def _view_error(code: str, message: str, details: Sequence[str]) -> dict[str, Any]:
    known = _CODES.get(code, code)
    return {"type": f"urn:graphferry:error:{known}", "code": known, "message": message, "details": list(details)}


def view_status(job: Job, frame: StatusFrame) -> Mapping[str, Any]:
    """Return the body that tells how a job stands."""
    return {
        "object": job.kind.value,
        "id": job.id,
        "response_timestamp": view_time(frame.now),
        "status": job.status.value,
        "status_url": frame.status_url,
        "process_time": process_seconds(job, frame.now),
        "outputs": _view_outputs(job, frame.file_url),
        "errors": None if job.failure is None else [_view_failure(job.failure)],
        "warnings": _warnings(job),
        "source_system": job.source_system,
        "correlation_id": job.correlation_id,
        "progress": _view_progress(job, frame.now),
    }


def _view_failure(failure: Failure) -> Mapping[str, Any]:
    return _view_error(failure.code, failure.message, failure.details)


def process_seconds(job: Job, now: datetime) -> float:
    """Return how long a job has been worked on; 0 while it waits."""
    return 0.0 if job.started is None else round(max(((job.ended or now) - job.started).total_seconds(), 0.0), 3)


def _view_outputs(job: Job, file_url: str | None) -> Mapping[str, Any]:
    if job.status is not Status.CLOSED:
        return empty_outputs()
    if job.kind is JobKind.EXPORT:
        return view_export_outputs(job, file_url)
    return view_import_outputs(job)


def _warnings(job: Job) -> Sequence[str]:
    if job.cancel is not None and not job.has_ended:
        reason = f" ({job.cancel.reason})" if job.cancel.reason else ""
        at = view_time(job.cancel.at)
        return [
            f"Cancel requested by {job.cancel.by!r} at {at}{reason}: the job stops at its next batch and is undone."
        ]
    return [str(each) for each in job.summary.warnings or ()]


def _view_progress(job: Job, now: datetime) -> Mapping[str, Any]:
    progress, seconds = job.progress, process_seconds(job, now)
    done = progress.nodes_done + progress.relationships_done
    rate = round(done / seconds, 1) if seconds > 0 else None
    return {
        "phase": progress.phase.value,
        "nodes_done": progress.nodes_done,
        "nodes_total": progress.nodes_total,
        "relationships_done": progress.relationships_done,
        "relationships_total": progress.relationships_total,
        "bytes_done": progress.bytes_done,
        "started": view_time(job.started),
        "updated": view_time(job.updated),
        "rate_per_second": rate,
        "seconds_remaining": _seconds_remaining(job, progress, rate),
    }


def _seconds_remaining(job: Job, progress: Progress, rate: float | None) -> float | None:
    """Return how long it would still take at the rate so far; None where that is not known."""
    if job.has_ended:
        return 0.0
    if not rate or progress.nodes_total is None or progress.relationships_total is None:
        return None
    left = progress.nodes_total - progress.nodes_done + progress.relationships_total - progress.relationships_done
    return round(max(left, 0) / rate, 1)
