"""Notes who imported an application, which decides who may see it."""

from __future__ import annotations

from datetime import UTC, datetime

from handlers.attempts.context import Context
from handlers.journalled import undo_journalled
from shared.identity import ApplicationName, ImportedApplication
from shared.jobs.record import Job
from shared.jobs.summaries import ApplicationStatus, ImportedVersion, Summary


async def note_imported(summary: Summary, context: Context) -> None:
    """Note what the summary calls added, before anybody can see it; what was there keeps its grants. Safe to repeat."""
    job, now = context.job, datetime.now(UTC)
    new = [each for each in summary.results(ImportedVersion) if each.status is ApplicationStatus.ADDED]
    names = {ApplicationName(each.database, each.name): None for each in new}
    brought = [
        ImportedApplication(application=name, tenant=job.tenant, user=job.created_by, job_id=job.id, created=now)
        for name in names
    ]
    if brought:
        await context.identity.note_imported(brought)


async def undo_import(job: Job, context: Context) -> Summary:
    """Remove whatever attempts wrote. Raises: JobEndedError when it is published."""
    summary = await undo_journalled(job, context)
    await context.identity.withdraw_imported(job.id)
    return summary
