"""Removes the archives of a schedule that its rules do not keep."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from shared.concurrency.each import do_for_each
from shared.errors import ArchivePinnedError, UnavailableError, UnknownArchiveError
from shared.own_actions import describe_expiry
from shared.ports.archives import StoredArchive
from shared.ports.audit import keep_entry
from shared.ports.jobs import is_awaited
from shared.resources import Resources
from shared.schedules.record import MadeArchive, Schedule
from shared.schedules.retention import choose_removed

_SAME: Final = timedelta(seconds=1)
"""What came into the folder later than that is another file."""


async def remove_all_superfluous(resources: Resources) -> None:
    """Remove what no rule keeps, and forget what is gone, of all schedules of all tenants. Raises: as do_for_each."""
    tenants = await resources.identity.list_tenants()
    await do_for_each(tenants, lambda tenant: _sweep(resources, tenant.name), ending=UnavailableError)


async def _sweep(resources: Resources, tenant: str) -> None:
    schedules = [each.schedule for each in await resources.schedules.list_schedules(tenant)]
    await do_for_each(schedules, partial(remove_superfluous, resources), ending=UnavailableError)


async def remove_superfluous(resources: Resources, schedule: Schedule) -> None:
    """Remove what no rule keeps, unless it is pinned or waited for, and forget what is gone.

    Raises: as ArchiveStore.expire.
    """
    made = await resources.schedules.list_made(schedule.tenant, schedule.id)
    if not made:
        return
    present = {each.name: each for each in await resources.archives.list_archives(schedule.tenant)}
    gone = [each for each in made if not _is_same(each, present.get(each.name))]
    there = [each for each in made if each not in gone]
    removed = [
        each
        for each in _choose(schedule, there)
        if not present[each.name].pinned and await _remove(resources, schedule, each)
    ]
    await resources.schedules.forget_made(schedule.tenant, schedule.id, [each.name for each in (*gone, *removed)])


def _choose(schedule: Schedule, there: Sequence[MadeArchive]) -> Sequence[MadeArchive]:
    if not schedule.retention.removes:
        return []
    return choose_removed(schedule.retention, schedule.timetable.zone, there)


def _is_same(made: MadeArchive, found: StoredArchive | None) -> bool:
    return found is not None and found.bytes == made.bytes and found.arrived <= made.arrived + _SAME


async def _remove(resources: Resources, schedule: Schedule, made: MadeArchive) -> bool:
    """Remove an archive; return whether that was done."""
    is_wanted = partial(is_awaited, resources.jobs, schedule.tenant, made.name)
    # Pinned, deleted or replaced since, or another gateway was first.
    with suppress(ArchivePinnedError, UnknownArchiveError):
        before = made.arrived + _SAME
        if await resources.archives.expire(schedule.tenant, made.name, before=before, is_wanted=is_wanted):
            log = structlog.get_logger(__name__)
            log.info("scheduled archive removed", tenant=schedule.tenant, schedule=schedule.id, archive=made.name)
            await keep_entry(resources.audit, describe_expiry(schedule.tenant, made.name, schedule_id=schedule.id))
            return True
    return False
