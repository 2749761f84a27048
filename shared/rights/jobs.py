"""What a caller may have a job do."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from shared.caller import Caller
from shared.errors import ForbiddenError
from shared.identity import Role
from shared.jobs.copying import to_export, to_import
from shared.jobs.record import Surface
from shared.jobs.requests import (
    ApplicationReference,
    ConflictAction,
    CopyRequest,
    DeleteRequest,
    ExportRequest,
    ImportRequest,
    InspectRequest,
    JobRequest,
)
from shared.resources import Resources
from shared.rights.applications import require_application
from shared.rights.archives import require_archive
from shared.rights.databases import require_database


class ImportRight(StrEnum):
    """What a request to import is checked against; the dialect of the request decides which it is."""

    ROLES = "roles"
    """The roles of importers and administrators."""
    CATALOGUE = "catalogue"
    """As ROLES, but whoever may use the catalogue may also import, and overwrite."""


_RECORDED_RIGHTS: Mapping[Surface, ImportRight] = MappingProxyType({Surface.DARWIN: ImportRight.CATALOGUE})
"""A record keeps only the surface of its request: this must agree with what the dialects submit. All others: ROLES."""


async def require_rights(resources: Resources, caller: Caller, surface: Surface, request: JobRequest) -> None:
    """Refuse the request of a recorded job that came over the surface, where the caller may not make it.

    Raises: ForbiddenError, UnknownDatabaseError, UnknownApplicationError, UnknownArchiveError.
    """
    import_right = _RECORDED_RIGHTS.get(surface, ImportRight.ROLES)
    match request:
        case ExportRequest():
            for each in request.applications:
                await _require_readable(resources, caller, each.database or request.database, each)
        case ImportRequest():
            require_import_rights(caller, import_right, request)
        case CopyRequest():
            await require_rights(resources, caller, surface, to_export(request, ""))
            require_import_rights(caller, import_right, to_import(request, ""))
        case DeleteRequest():
            require_delete_right(caller)
        case InspectRequest():
            await require_inspectable(resources, caller, request)
            return
    await require_database(resources, caller.tenant, request.database)


async def require_inspectable(resources: Resources, caller: Caller, request: InspectRequest) -> None:
    """Refuse what the caller may not read.

    Raises: UnknownArchiveError, InvalidFileNameError, UnknownDatabaseError.
    """
    await require_archive(resources, caller, request.archive_name)
    if request.database:
        await require_database(resources, caller.tenant, request.database)


async def _require_readable(
    resources: Resources, caller: Caller, database: str, application: ApplicationReference
) -> None:
    if caller.principal.sees_all_applications:
        await require_database(resources, caller.tenant, database)
    else:
        await require_application(resources, caller, database, application.name, application.version)


def require_delete_right(caller: Caller) -> None:
    """Raise ForbiddenError unless the caller may delete applications."""
    if not caller.principal.may_administer:
        raise ForbiddenError(f"To delete an application needs the role {Role.ADMIN}.")


def require_import_rights(caller: Caller, import_right: ImportRight, request: ImportRequest) -> None:
    """Raise ForbiddenError unless the caller may import in all the ways that are asked for."""
    if import_right is ImportRight.CATALOGUE and caller.principal.may_use_catalogue:
        return
    for action in {choice.on_conflict for choice in request.choices} or {request.on_conflict}:
        require_import_right(caller, action)


def require_import_right(caller: Caller, on_conflict: ConflictAction) -> None:
    """Raise ForbiddenError unless the caller may import, and do this with what is there already."""
    if not caller.principal.may_import:
        raise ForbiddenError(f"An import needs one of the roles {Role.ADMIN}, {Role.IMPORTER}.")
    if on_conflict is ConflictAction.OVERWRITE and not caller.principal.may_administer:
        raise ForbiddenError(f"To overwrite an application needs the role {Role.ADMIN}.")
