"""What a request to inspect must satisfy."""

from __future__ import annotations

from shared.caller import Caller
from shared.jobs.record import ArchiveIdentity
from shared.jobs.requests import InspectRequest
from shared.resources import Resources
from shared.rights.jobs import require_inspectable


async def check_inspection(resources: Resources, caller: Caller, request: InspectRequest) -> ArchiveIdentity:
    """Refuse what the caller may not read; return which archive it was.

    Raises: UnknownArchiveError, InvalidFileNameError, UnknownDatabaseError.
    """
    await require_inspectable(resources, caller, request)
    async with resources.archives.open_content(caller.tenant, request.archive_name) as content:
        return await content.identify()
