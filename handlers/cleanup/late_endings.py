"""What the record of an ended job says once a sweep has completed, or undone, what the job left."""

from __future__ import annotations

from dataclasses import replace

from handlers.attempts.endings import NOT_UNDONE
from shared.jobs.record import Job, JobKind, Outcome, Status
from shared.jobs.requests import CopyRequest
from shared.jobs.summaries import Summary, UndoReport

UNDONE_LATE = "What the job left has been undone late, after it had ended."


def closed_late(summary: Summary, job: Job) -> tuple[Outcome, str]:
    """Close a job that was told as ended otherwise, and whose work was completed all the same; say so in words."""
    reason = "" if job.failure is None else f": {job.failure.message}"
    late = f"Closed late: this job had ended as {job.status}{reason}"
    from_database = job.request.from_database if isinstance(job.request, CopyRequest) else None
    outcome = Outcome(
        status=Status.CLOSED,
        archive=summary.archive if job.kind is JobKind.IMPORT else None,
        summary=replace(summary, archive=None, from_database=from_database, warnings=(*(summary.warnings or ()), late)),
    )
    return outcome, late


def undone_late(report: UndoReport, job: Job) -> tuple[Outcome, str]:
    """Tell that nothing of the job is left, also in words; it stays ended as it was."""
    failure = job.failure
    if failure is not None:
        details = [each for each in failure.details if not each.startswith(NOT_UNDONE)]
        failure = replace(failure, details=(*details, UNDONE_LATE))
    summary = replace(job.summary, undone=report)
    return Outcome(status=job.status, archive=job.archive, failure=failure, summary=summary), UNDONE_LATE
