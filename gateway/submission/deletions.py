"""What a request to delete must satisfy."""

from __future__ import annotations

from gateway.submission.unfinished import has_unfinished_job
from shared.caller import Caller
from shared.errors import UnknownApplicationError
from shared.jobs.requests import DeleteRequest
from shared.resources import Resources
from shared.rights.applications import require_application
from shared.rights.jobs import require_delete_right


async def check_deletion(resources: Resources, caller: Caller, request: DeleteRequest) -> None:
    """Refuse an unknown application, unless an unfinished job may still bring it.

    Raises: ForbiddenError, UnknownDatabaseError, UnknownApplicationError.
    """
    require_delete_right(caller)
    try:
        await require_application(resources, caller, request.database, request.name, request.version)
    except UnknownApplicationError:
        if not await has_unfinished_job(resources.jobs, caller.tenant, request.database, request.name):
            raise
