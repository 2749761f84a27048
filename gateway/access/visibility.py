"""Which jobs and archives a caller sees; all others do not exist for them."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from shared.archive_names import is_spool
from shared.caller import Caller
from shared.errors import UnknownArchiveError, UnknownJobError
from shared.identity import Role
from shared.jobs.record import Job, JobKind, Status
from shared.ports.archives import StoredArchive
from shared.ports.jobs import JobFilter, JobStore
from shared.resources import Resources


def may_see(job: Job, caller: Caller) -> bool:
    """Return whether the caller may see a job."""
    return job.tenant == caller.tenant and (caller.principal.sees_all_jobs or job.created_by == caller.user)


async def require_job(reading: Awaitable[Job], caller: Caller) -> Job:
    """Return the job being read if the caller may see it. Raises: UnknownJobError, also for another's job."""
    job = await reading
    if not may_see(job, caller):
        raise UnknownJobError(job.id)
    return job


async def list_visible_archives(resources: Resources, caller: Caller) -> Sequence[StoredArchive]:
    """List the tenant's archives: all for its administrators, those of own exports for everybody else."""
    stored = [each for each in await resources.archives.list_archives(caller.tenant) if not is_spool(each.name)]
    if caller.principal.has(Role.ADMIN, Role.SUPER_ADMIN):
        return stored
    own = await _own_archives(resources.jobs, caller)
    return [archive for archive in stored if (archive.name, archive.bytes) in own]


async def require_archive(resources: Resources, caller: Caller, name: str) -> StoredArchive:
    """Return an archive that the caller may read. Raises: UnknownArchiveError, InvalidFileNameError."""
    if is_spool(name):
        raise UnknownArchiveError(name)
    archive = await resources.archives.get(caller.tenant, name)
    if caller.principal.has(Role.ADMIN, Role.SUPER_ADMIN):
        return archive
    if (archive.name, archive.bytes) not in await _own_archives(resources.jobs, caller):
        raise UnknownArchiveError(name)
    return archive


async def _own_archives(jobs: JobStore, caller: Caller) -> frozenset[tuple[str, int]]:
    """Return name and size of what the caller's exports wrote: a name alone may have been given anew."""
    where = JobFilter(statuses=frozenset({Status.CLOSED}), kinds=frozenset({JobKind.EXPORT}), created_by=caller.user)
    own: set[tuple[str, int]] = set()
    cursor: str | None = None
    while True:
        page = await jobs.list_jobs(caller.tenant, where=where, cursor=cursor, limit=500)
        own |= {(job.archive.name, job.archive.bytes) for job in page.jobs if job.archive is not None}
        if (cursor := page.next_cursor) is None:
            return frozenset(own)
