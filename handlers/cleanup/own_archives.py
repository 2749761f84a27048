"""Removes the temporary archives of jobs that have ended."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from shared.archive_names import is_spool, job_of_archive, name_for_spool, name_for_upload
from shared.concurrency.each import do_for_each
from shared.errors import UnavailableError, UnknownArchiveError, UnknownJobError
from shared.identity import Tenant
from shared.jobs.record import Job
from shared.jobs.requests import CopyRequest, ImportRequest
from shared.ports.archives import ArchiveStore, StoredArchive
from shared.resources import Resources

SUBMISSION_PATIENCE = timedelta(hours=1)
"""An upload comes before its job; one whose job is unknown for so long has none. A spool comes after its job."""


async def remove_own_archive(job: Job, archives: ArchiveStore) -> None:
    """Remove the archive that came with this job, or that it wrote for itself."""
    match job.request:
        case ImportRequest(archive_name=name) if name == name_for_upload(job.id):
            pass
        case CopyRequest():
            name = name_for_spool(job.id)
        case _:
            return
    with suppress(UnknownArchiveError):
        await archives.delete(job.tenant, name)


async def sweep_own_archives(resources: Resources) -> None:
    """Remove every such archive that no job needs any more."""

    async def sweep_tenant(tenant: Tenant) -> None:
        archives = await resources.archives.list_archives(tenant.name)
        # A folder that another process holds is held for the next archive, too.
        await do_for_each(
            archives, lambda archive: _remove_if_left_over(tenant.name, archive, resources), ending=UnavailableError
        )

    await do_for_each(await resources.identity.list_tenants(), sweep_tenant)


async def _remove_if_left_over(tenant: str, archive: StoredArchive, resources: Resources) -> None:
    if await _is_left_over(archive, resources):
        with suppress(UnknownArchiveError):
            await resources.archives.delete(tenant, archive.name)


async def _is_left_over(archive: StoredArchive, resources: Resources) -> bool:
    job_id = job_of_archive(archive.name)
    if job_id is None:
        return False
    try:
        return (await resources.jobs.get(job_id)).has_ended
    except UnknownJobError:
        return is_spool(archive.name) or await _find_age(archive, resources) > SUBMISSION_PATIENCE


async def _find_age(archive: StoredArchive, resources: Resources) -> timedelta:
    # A time of the future is none: whoever may write into the folder can make it.
    return abs(await resources.archives.read_clock() - archive.modified)
