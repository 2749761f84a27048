"""What a request to export must satisfy."""

from __future__ import annotations

from collections import Counter

from gateway.submission.submission import Submission
from gateway.submission.unfinished import may_concern
from shared.archive_names import require_free_choice, require_zip_name
from shared.catalogue import DEFAULT_VERSION
from shared.errors import InvalidRequestError, UnknownApplicationError
from shared.jobs.record import JobKind
from shared.jobs.requests import ApplicationReference, ExportRequest
from shared.ports.jobs import JobStore
from shared.resources import Resources
from shared.rights.applications import require_application

_BRINGING = frozenset({JobKind.IMPORT, JobKind.COPY})


async def check_export(resources: Resources, submission: Submission, request: ExportRequest) -> None:
    """Refuse a reserved archive name and what is not there. Raises: InvalidRequestError, UnknownApplicationError."""
    require_free_choice(require_zip_name(request.archive_name))
    await require_exportable(resources, submission, request)


async def require_exportable(resources: Resources, submission: Submission, request: ExportRequest) -> None:
    """Raise UnknownApplicationError unless all is there, and InvalidRequestError where something is named twice."""
    found = [await _find_exported(resources, submission, request.database, each) for each in request.applications]
    if twice := [each for each, times in Counter(found).items() if times > 1]:
        listed = ", ".join(repr(f"{name}[{version}]") for _, name, version in twice)
        raise InvalidRequestError(f"An archive holds each version of an application once, but {listed} comes twice.")


async def _find_exported(
    resources: Resources, submission: Submission, database: str, reference: ApplicationReference
) -> tuple[str, str, str | None]:
    """Return database, name and version of what is to be exported, or is to come before.

    Raises: UnknownApplicationError.
    """
    database = reference.database or database
    try:
        entry = await require_application(resources, submission.caller, database, reference.name, reference.version)
    except UnknownApplicationError:
        if not await _is_to_come(resources.jobs, submission, database, reference.name):
            raise
        return database, reference.name, reference.version
    return database, entry.name, entry.version or DEFAULT_VERSION


async def _is_to_come(jobs: JobStore, submission: Submission, database: str, name: str) -> bool:
    """Return whether a job that this one waits for may bring it, to a caller who may see whatever comes."""
    if not submission.caller.principal.sees_all_applications:
        return False
    awaited = [await jobs.get(job_id) for job_id in submission.depends_on]
    return any(job.kind in _BRINGING and may_concern(job, database, name) for job in awaited)
