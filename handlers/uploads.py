"""Removes archives that came with the request for a job, once the job has ended."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from shared.archive_names import job_of_upload, name_for_upload
from shared.errors import UnknownArchiveError, UnknownJobError
from shared.jobs import TERMINAL_STATUSES, ImportRequest, Job
from shared.ports.archives import ArchiveStore, StoredArchive
from shared.ports.jobs import JobStore
from shared.resources import Resources

SUBMISSION_PATIENCE = timedelta(hours=1)
"""An upload comes before its job; one whose job is unknown for so long has none."""


async def remove_upload(job: Job, archives: ArchiveStore) -> None:
    """Remove the archive that came with this job, if one did."""
    if isinstance(job.request, ImportRequest) and job.request.archive_name == name_for_upload(job.id):
        with suppress(UnknownArchiveError):
            await archives.delete(job.tenant, job.request.archive_name)


async def sweep_uploads(resources: Resources) -> None:
    """Remove every upload that no job needs any more."""
    for tenant in await resources.identity.list_tenants():
        for archive in await resources.archives.list_archives(tenant.name):
            if await _is_left_over(archive, resources.jobs):
                with suppress(UnknownArchiveError):
                    await resources.archives.delete(tenant.name, archive.name)


async def _is_left_over(archive: StoredArchive, jobs: JobStore) -> bool:
    job_id = job_of_upload(archive.name)
    if job_id is None:
        return False
    try:
        return (await jobs.get(job_id)).status in TERMINAL_STATUSES
    except UnknownJobError:
        return datetime.now(UTC) - archive.modified > SUBMISSION_PATIENCE
