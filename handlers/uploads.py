"""Removes archives that came with the request for a job, once the job has ended."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog

from shared.archive_names import job_of_upload, name_for_upload
from shared.errors import GraphferryError, UnknownArchiveError, UnknownJobError
from shared.jobs import TERMINAL_STATUSES, ImportRequest, Job
from shared.ports import ArchiveStore, JobStore, StoredArchive
from shared.resources import Resources

SWEEP_SECONDS = 30.0
"""How often each worker looks for uploads whose jobs ended without it: cancelled while they waited, for example."""

SUBMISSION_PATIENCE = timedelta(hours=1)
"""An upload comes before its job; one whose job is unknown for so long has none."""


async def remove_upload(job: Job, archives: ArchiveStore) -> None:
    """Remove the archive that came with this job, if one did."""
    if isinstance(job.request, ImportRequest) and job.request.archive_name == name_for_upload(job.id):
        with suppress(UnknownArchiveError):
            await archives.delete(job.tenant, job.request.archive_name)


async def sweep_uploads_forever(resources: Resources, *, seconds: float = SWEEP_SECONDS) -> None:
    """Sweep all tenants' folders about every so many seconds, until cancelled."""
    while True:
        # Processes that started together must not go on sweeping together.
        await asyncio.sleep(seconds * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
        try:
            await sweep_uploads(resources)
        except (GraphferryError, OSError) as error:
            structlog.get_logger(__name__).warning("uploads not swept", reason=str(error))


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
