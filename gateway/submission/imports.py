"""What a request to import must satisfy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.archives.contents import read_application_names
from gateway.submission.submission import Submission
from gateway.submission.unfinished import has_unfinished_job
from shared.archive_names import is_spool
from shared.caller import Caller
from shared.catalogue import require_application_name
from shared.catalogue_names import spell_application
from shared.errors import ApplicationExistsError, InvalidRequestError, UnknownArchiveError
from shared.jobs.record import ArchiveIdentity
from shared.jobs.requests import ConflictAction, ImportRequest
from shared.resources import Resources
from shared.rights.databases import require_database
from shared.rights.jobs import require_import_rights
from shared.spelling import fold

_MOST_SHOWN: Final = 20
"""Names in one message."""


async def check_import(resources: Resources, submission: Submission, request: ImportRequest) -> ArchiveIdentity:
    """Refuse an archive that cannot be read, and names that are taken; return which archive it was.

    Raises: what submit raises.
    """
    caller = submission.caller
    require_import_rights(caller, submission.import_right, request)
    require_suffixes(request)
    database = await require_database(resources, caller.tenant, request.database)
    if is_spool(request.archive_name):
        raise UnknownArchiveError(request.archive_name)
    async with resources.archives.open_content(caller.tenant, request.archive_name) as content:
        identity = await content.identify()
        one_application = request.foreign.one_application or False
        held = await read_application_names(
            content, request.archive_name, resources.limits, one_application=one_application
        )
    if held is not None:  # else the import itself looks
        names = names_after_import(held, request)
        await require_free_names(resources, caller, database, names, request)
    return identity


def require_suffixes(request: ImportRequest) -> None:
    """Refuse to rename without saying how. Raises: InvalidRequestError."""
    wanted = [(choice.on_conflict, choice.suffix) for choice in request.choices]
    for action, suffix in wanted or [(request.on_conflict, request.suffix)]:
        if action is ConflictAction.RENAME and not suffix:
            raise InvalidRequestError("on_conflict 'rename' needs a suffix.", details=["suffix: needed with 'rename'"])


def names_after_import(names: Sequence[str], request: ImportRequest) -> Sequence[str]:
    """Return the names on the target that must be free."""
    if request.choices:
        return chosen_names(names, request)
    if request.import_as is not None and len(names) != 1:
        listed = ", ".join(map(repr, names[:_MOST_SHOWN]))
        more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
        raise InvalidRequestError(
            f"import_as names one application, but {request.archive_name!r} holds {listed}{more}."
        )
    wanted = [require_application_name(name) for name in ([request.import_as] if request.import_as else names)]
    return wanted if request.on_conflict is ConflictAction.FAIL else []


def chosen_names(names: Sequence[str], request: ImportRequest) -> Sequence[str]:
    """Return the target names that the request's choices need free.

    Raises: InvalidRequestError for a choice of what is not among the names.
    """
    held = set(map(fold, names))
    if missing := sorted({each.source_name for each in request.choices if fold(each.source_name) not in held}):
        listed = ", ".join(map(repr, missing))
        raise InvalidRequestError(f"Archive {request.archive_name!r} holds no application {listed}.", details=missing)
    wanted = {require_application_name(choice.name): choice for choice in request.choices}
    # Where versions count, the import itself looks: a name that is taken says nothing.
    return [
        name for name, choice in wanted.items() if choice.on_conflict is ConflictAction.FAIL and not choice.by_version
    ]


async def require_free_names(
    resources: Resources, caller: Caller, database: str, names: Sequence[str], request: ImportRequest
) -> None:
    """Refuse names that are taken, unless the import is to write nothing. Raises: ApplicationExistsError."""
    if not request.dry_run:
        for name in names:
            await require_free_name(resources, caller.tenant, database, name)


async def require_free_name(resources: Resources, tenant: str, database: str, name: str) -> None:
    """Refuse a taken name, unless an unfinished job may still change that: then the import decides at its start.

    Raises: ApplicationExistsError.
    """
    spelled = await spell_application(resources.sources[database], name)
    is_taken = await resources.targets[database].has_application(spelled)
    if is_taken and not await has_unfinished_job(resources.jobs, tenant, database, name):
        raise ApplicationExistsError(name, database)
