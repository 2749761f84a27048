"""Which jobs and archives a caller sees; all others do not exist for them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Collection, Sequence
from contextlib import suppress
from typing import Final

from shared.archive_names import is_spool
from shared.caller import Caller
from shared.errors import ForbiddenError, GraphferryError, UnknownArchiveError, UnknownJobError
from shared.identity import Role
from shared.jobs.outlines import Visible, outline
from shared.jobs.record import Job, JobKind, Status
from shared.jobs.requests import ExportRequest
from shared.ports.archives import StoredArchive
from shared.ports.jobs import JobFilter, JobStore
from shared.resources import Resources
from shared.rights.applications import list_visible_applications

PATIENCE_SECONDS: Final = 2.0
"""How long a listing of jobs waits for a database, to ask what may be told."""


def may_see(job: Job, caller: Caller) -> bool:
    """Return whether the caller may see a job."""
    return job.tenant == caller.tenant and (caller.principal.sees_all_jobs or job.created_by == caller.user)


async def require_job(reading: Awaitable[Job], caller: Caller) -> Job:
    """Return the job being read if the caller may see it. Raises: UnknownJobError, also for another's job."""
    job = await reading
    if not may_see(job, caller):
        raise UnknownJobError(job.id)
    return job


def may_see_whole(job: Job, caller: Caller) -> bool:
    """Return whether all that the job says, reads and writes is for the caller's eyes, who may see the job."""
    return caller.principal.sees_all_applications or job.created_by == caller.user


async def tell_jobs(resources: Resources, caller: Caller, jobs: Sequence[Job]) -> Sequence[Job]:
    """Return jobs as far as they tell the caller of nothing hidden: what others submitted may do so."""
    visible = await _find_visible(resources, caller, [job for job in jobs if not may_see_whole(job, caller)])
    return [job if may_see_whole(job, caller) else outline(job, visible) for job in jobs]


async def tell_job(resources: Resources, caller: Caller, job: Job) -> Job:
    """Return a job as tell_jobs does."""
    (told,) = await tell_jobs(resources, caller, [job])
    return told


async def require_known_request(resources: Resources, caller: Caller, job: Job) -> Job:
    """Return a job of which the caller may know what it was asked to do. Raises: ForbiddenError."""
    if (await tell_job(resources, caller, job)).request != job.request:
        raise ForbiddenError(f"Job {job.id} is about applications that are not yours to see.")
    return job


async def _find_visible(resources: Resources, caller: Caller, jobs: Sequence[Job]) -> Visible:
    """Find, by database, which applications that exports are about the caller may see."""
    named: defaultdict[str, set[str]] = defaultdict(set)
    for job in jobs:
        if isinstance(job.request, ExportRequest):
            for each in job.request.applications:
                named[each.database or job.database].add(each.name)
    return {database: await _choose_names(resources, caller, database, names) for database, names in named.items()}


async def _choose_names(resources: Resources, caller: Caller, database: str, names: Collection[str]) -> frozenset[str]:
    """Choose the names that the caller may see; none where nobody can tell."""
    with suppress(GraphferryError, TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            entries = await list_visible_applications(resources, caller, database, named=names)
            return frozenset(each.name for each in entries)
    return frozenset()


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
