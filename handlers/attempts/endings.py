"""What each way to end an attempt leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from shared.archive.manifest import TOOL_VERSION
from shared.concurrency.interruptions import DeadlineReached, Interruption, JobCancelled, LeaseLost
from shared.errors import GraphferryError, UnavailableError, UnsupportedJobError, WorkerCrashedError
from shared.jobs.record import MAX_CRASHES, MAX_UNKNOWN_TO, Failure, Job, Outcome, Status

RETRY_PAUSE_SECONDS = 5.0
"""How long an attempt waits before it is handed off because an engine does not answer."""

UNKNOWN_PAUSE_SECONDS = 1.0
"""How long a worker keeps a job that it does not know before it hands it back: another one is to be free by then."""

UNDO_GRACE_SECONDS = 3600.0
"""How long after its deadline a job may still be handed off; then it ends as it stands."""

NOT_UNDONE = "What the job left could not be undone: "
"""Begins the detail of a failure that says why."""

HOPELESS_CRASHES = 2 * MAX_CRASHES
"""A job whose undo, or whose way forward, has also lost this many workers is ended as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """Take back what was done, then end so."""

    status: Status
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff:
    """Give the job to the next attempt."""

    pause_seconds: float = 0.0
    is_unknown: bool = False
    """Whether that is because this worker does not know what the job asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandon:
    """Touch nothing: another worker owns the job."""


Ending: TypeAlias = Outcome | Undo | HandOff | Abandon


def judge_unknown(job: Job) -> Outcome | HandOff:
    """Leave a job to a worker that may know what it asks for, as often as that may help; then it fails as it stands.

    What attempts of a worker that knew it may have left is swept later, as after any job that has ended.
    """
    workers = job.unknown_to + 1
    if workers < MAX_UNKNOWN_TO:
        return HandOff(pause_seconds=UNKNOWN_PAUSE_SECONDS, is_unknown=True)
    failed = judge_failure(UnsupportedJobError(job.unsupported, TOOL_VERSION, workers))
    return Outcome(status=failed.status, failure=failed.failure, summary=job.summary)


def find_early_ending(job: Job) -> Outcome | Undo | None:
    """Tell of a job just claimed whether, and how, it ends without being done."""
    crashed = judge_failure(WorkerCrashedError(f"worker crashed {job.crashes} times"))
    if job.crashes >= HOPELESS_CRASHES:
        return Outcome(status=crashed.status, failure=crashed.failure)
    if not job.cancellable:
        return None
    if job.cancel is not None:
        return Undo(status=Status.CANCELLED)
    if job.deadline is not None and job.deadline <= job.updated:
        return Undo(status=Status.CLOSED_BY_TIMEOUT)
    return crashed if job.crashes >= MAX_CRASHES else None


def judge_interruption(interruption: Interruption) -> Undo | HandOff | Abandon:
    """Turn an interruption into the ending that it asks for."""
    match interruption:
        case LeaseLost():
            return Abandon()
        case JobCancelled():
            return Undo(status=Status.CANCELLED)
        case DeadlineReached():
            return Undo(status=Status.CLOSED_BY_TIMEOUT)
        case _:
            return HandOff()


def judge_failure(error: Exception) -> Undo:
    """Turn an error of the work into the failure that the record tells."""
    if isinstance(error, GraphferryError):
        failure = Failure(code=error.code, message=error.message, details=error.details)
    else:
        # What an unforeseen error says may hold data or secrets; the log has it all.
        failure = Failure(code=GraphferryError.code, message="The job failed for an internal reason; its log has more.")
    return Undo(status=Status.FAILED, failure=failure)


def may_pass_later(error: Exception, overtime: float) -> bool:
    """Whether to leave the job to a later attempt: an engine does not answer, and there is time left."""
    return isinstance(error, UnavailableError) and is_in_time(overtime)


def is_in_time(overtime: float) -> bool:
    """Whether there is time left for another attempt, so many seconds after the deadline."""
    return overtime < UNDO_GRACE_SECONDS


def add_failed_undo(verdict: Undo, error: Exception) -> Outcome:
    """End a job whose undo failed for good: as failed, whatever it was to end as."""
    undoing = judge_failure(error).failure
    failure = verdict.failure or undoing
    if failure is None or undoing is None:
        raise AssertionError("a failed job has a failure")
    details = (*failure.details, f"{NOT_UNDONE}{undoing.message}")
    return Outcome(status=Status.FAILED, failure=Failure(code=failure.code, message=failure.message, details=details))
