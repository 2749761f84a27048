"""Which archives a caller may read; all others do not exist for them."""

from __future__ import annotations

from collections.abc import Sequence

from shared.archive_names import is_spool
from shared.caller import Caller
from shared.errors import AmbiguousNameError, UnknownArchiveError
from shared.ports.archives import StoredArchive
from shared.resources import Resources


async def list_visible_archives(resources: Resources, caller: Caller) -> Sequence[StoredArchive]:
    """List the tenant's archives: all for its administrators, those of own exports for everybody else."""
    stored = [each for each in await resources.archives.list_archives(caller.tenant) if not is_spool(each.name)]
    if caller.principal.may_administer:
        return stored
    own = await resources.jobs.find_written(caller.tenant, caller.user, [(each.name, each.bytes) for each in stored])
    return [archive for archive in stored if (archive.name, archive.bytes) in own]


async def require_archive(resources: Resources, caller: Caller, name: str) -> StoredArchive:
    """Return an archive that the caller may read. Raises: UnknownArchiveError, InvalidFileNameError."""
    if is_spool(name):
        raise UnknownArchiveError(name)
    try:
        archive = await resources.archives.get(caller.tenant, name)
    except (UnknownArchiveError, AmbiguousNameError) as error:  # which may tell what else is there
        if caller.principal.may_administer:
            raise
        raise UnknownArchiveError(name) from error
    if not await may_read_archive(resources, caller, archive.name, archive.bytes):
        raise UnknownArchiveError(name)
    return archive


async def may_read_archive(resources: Resources, caller: Caller, name: str, size: int) -> bool:
    """Return whether an archive of the tenant is the caller's to read, be it there or gone."""
    if caller.principal.may_administer:
        return True
    return bool(await resources.jobs.find_written(caller.tenant, caller.user, [(name, size)]))
