"""Which jobs a caller sees, and what they tell; all others do not exist for them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from shared.caller import Caller
from shared.catalogue import CatalogueEntry
from shared.errors import ForbiddenError, GraphferryError, UnknownJobError
from shared.jobs.outlines import Visible, outline
from shared.jobs.record import Job
from shared.jobs.requests import ExportRequest
from shared.resources import Resources
from shared.rights.applications import choose_visible, list_entries, list_visible_applications
from shared.rights.databases import require_database
from shared.spelling import fold

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


async def tell_inspection(
    resources: Resources, caller: Caller, found: Mapping[str, Any], present: Sequence[CatalogueEntry] | None = None
) -> Mapping[str, Any]:
    """Return what an inspection found, but for what the database holds and the caller may not see today.

    The entries that it has just found there need not be read again. Raises: UnknownDatabaseError.
    """
    if found["database"] is None:
        return found
    database = await require_database(resources, caller.tenant, found["database"])
    if caller.principal.sees_all_applications:
        return found
    if present is None:
        present = await list_entries(resources.sources[database], {each["name"] for each in found["conflicts"]})
    visible = {fold(each.name) for each in await choose_visible(resources, caller, present)}
    hidden = {"exists": False, "present_versions": []}
    untold = {"catalogue_content": None, "refusal": None, "joins": None}
    conflicts = [{**each, **({} if fold(each["name"]) in visible else hidden), **untold} for each in found["conflicts"]]
    return {**found, "conflicts": conflicts}
