"""What a request to copy must satisfy."""

from __future__ import annotations

from gateway.submission.exports import require_exportable
from gateway.submission.imports import chosen_names, require_free_names, require_suffixes
from gateway.submission.submission import Submission
from shared.archive_names import name_for_spool
from shared.errors import InvalidRequestError
from shared.jobs.copying import to_export, to_import
from shared.jobs.requests import CopyRequest
from shared.resources import Resources
from shared.rights.databases import require_database
from shared.rights.jobs import require_import_rights


async def check_copy(resources: Resources, submission: Submission, request: CopyRequest) -> None:
    """Refuse what cannot be read or written, and names that are taken. Raises: what submit raises."""
    caller, spool = submission.caller, name_for_spool(submission.job_id)
    reading, writing = to_export(request, spool), to_import(request, spool)
    require_import_rights(caller, submission.import_right, writing)
    require_suffixes(writing)
    await require_exportable(resources, submission, reading)
    names = [each.source_name for each in request.choices]
    if any(each.source_version is None and names.count(each.source_name) > 1 for each in request.choices):
        raise InvalidRequestError("Where several versions of an application are copied, each has to be named.")
    database = await require_database(resources, caller.tenant, request.to_database)
    await require_free_names(resources, caller, database, chosen_names(names, writing), writing)
