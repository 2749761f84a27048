"""Deletes the archives of tenants that keep theirs for so many days only."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from shared.archive_names import job_of_archive
from shared.concurrency.each import do_for_each
from shared.concurrency.loops import Loop, every
from shared.errors import (
    ArchivePinnedError,
    GraphferryError,
    UnavailableError,
    UnknownArchiveError,
)
from shared.identity import Tenant
from shared.own_actions import describe_expiry
from shared.ports.archives import StoredArchive
from shared.ports.audit import keep_entry
from shared.ports.jobs import is_awaited
from shared.resources import Resources

SWEEP_SECONDS: Final = 600.0
"""Archives are kept for days: nobody waits for this."""


def make_retention_sweep(resources: Resources, *, seconds: float = SWEEP_SECONDS) -> Loop:
    """Make the loop that deletes old archives about every so many seconds."""
    return Loop(
        name="retention",
        work=partial(sweep_old_archives, resources),
        pauses=every(seconds),
        event="old archives not swept",
        reason="reason",
        expected=(GraphferryError, OSError),
    )


async def sweep_old_archives(resources: Resources) -> None:
    """Delete, of each tenant with such a limit, each archive that is older, not pinned and not waited for.

    Raises: as do_for_each.
    """
    limited = [each for each in await resources.identity.list_tenants() if each.limits.keep_archives_days is not None]
    await do_for_each(limited, lambda tenant: _sweep_tenant(tenant, resources))


async def _sweep_tenant(tenant: Tenant, resources: Resources) -> None:
    before = await resources.archives.read_clock() - timedelta(days=tenant.limits.keep_archives_days or 0)
    old = [each for each in await resources.archives.list_archives(tenant.name) if _is_over(each, before)]
    # A folder that another process holds is held for the next archive, too.
    await do_for_each(
        old,
        lambda archive: _delete_unless_wanted(tenant.name, archive, before, resources),
        ending=UnavailableError,
    )


def _is_over(archive: StoredArchive, before: datetime) -> bool:
    """Whether its time is over; what goes with a job is not to be judged here."""
    return archive.arrived < before and not archive.pinned and job_of_archive(archive.name) is None


async def _delete_unless_wanted(tenant: str, archive: StoredArchive, before: datetime, resources: Resources) -> None:
    is_wanted = partial(is_awaited, resources.jobs, tenant, archive.name)
    # Pinned, deleted or replaced since, or another worker was first.
    with suppress(ArchivePinnedError, UnknownArchiveError):
        if not await resources.archives.expire(tenant, archive.name, before=before, is_wanted=is_wanted):
            return
        log = structlog.get_logger(__name__)
        log.info("old archive deleted", tenant=tenant, archive=archive.name, bytes=archive.bytes, since=archive.arrived)
        await keep_entry(resources.audit, describe_expiry(tenant, archive.name))
