"""Notes who imported an application, which decides who may see it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from handlers.attempts.context import Context
from handlers.journalled import undo_journalled
from shared.errors import TransferError
from shared.identity import ApplicationName, ImportedApplication
from shared.jobs.record import Job
from shared.jobs.summaries import ApplicationStatus, ImportedVersion, Summary, UnknownVersion
from shared.rights.standings import find_names


async def note_imported(summary: Summary, context: Context) -> None:
    """Note what the summary calls added, before anybody can see it; what was there keeps its grants. Safe to repeat."""
    job, now = context.job, datetime.now(UTC)
    new = [each for each in summary.applications_of(ImportedVersion) if each.status is ApplicationStatus.ADDED]
    names = {ApplicationName(each.database, each.name): None for each in new}
    brought = [
        ImportedApplication(application=name, tenant=job.tenant, user=job.created_by, job_id=job.id, created=now)
        for name in names
    ]

    async def note() -> None:
        known = await find_names(context.identity, context.source(job.database))
        await context.identity.note_imported(brought, names=known.present)

    if brought:
        await context.insist(note)


def require_known(summary: Summary) -> None:
    """Refuse to go on with an import of which another version tells in a form that is not known here.

    It could not be noted, and all users of the tenant would see what it brings. Raises: TransferError.
    """
    applications = summary.applications or (UnknownVersion(),)
    known = [each for each in applications if isinstance(each, ImportedVersion)]
    if len(known) < len(applications) or not all(isinstance(each.status, ApplicationStatus) for each in known):
        raise TransferError(
            "Another version of Graphferry began this import, and its journal is not understood here. The import is "
            "undone; start it again."
        )


async def undo_import(job: Job, context: Context) -> Summary:
    """Remove whatever attempts wrote. Raises: JobEndedError when it is published."""
    summary = await undo_journalled(job, context)
    await context.insist(partial(context.identity.withdraw_imported, job.id))
    return summary
