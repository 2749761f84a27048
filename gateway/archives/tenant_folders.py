"""The archive folder of each tenant, into which people put files: it is there for as long as its tenant is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import structlog

from shared.concurrency.loops import Loop, every
from shared.ports.archives import ArchiveStore
from shared.resources import Resources

LOOK_SECONDS: Final = 600.0
"""How long the folder of a tenant that others made, or that somebody removed, may be missing."""


def make_folder_keeping(resources: Resources) -> Loop:
    """Make the loop that makes the folders which are missing, at the start and now and then."""
    return Loop(
        name="tenant folders",
        work=partial(_add_all, resources),
        pauses=every(LOOK_SECONDS),
        at_once=True,
        event="folders of tenants could not be made",
    )


async def _add_all(resources: Resources) -> None:
    for tenant in await resources.identity.list_tenants():
        await add_folder(resources.archives, tenant.name)


async def add_folder(archives: ArchiveStore, tenant: str) -> None:
    """Make the folder of a tenant; where the volume does not allow it, the log says so, and it is tried again later."""
    with _fault_logged("folder of a tenant could not be made", tenant):
        await archives.add_folder(tenant)


async def drop_folder(archives: ArchiveStore, tenant: str) -> None:
    """Remove the folder of a tenant that is gone, unless something is in it."""
    with _fault_logged("folder of a tenant could not be removed", tenant):
        await archives.drop_folder(tenant)


@contextmanager
def _fault_logged(event: str, tenant: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        structlog.get_logger(__name__).warning(event, tenant=tenant, reason=str(error))
