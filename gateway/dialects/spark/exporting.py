"""What an export request must satisfy before it becomes a job."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from gateway.archives.contents import read_application_names
from gateway.dialects.spark.fitting import require_fitting
from gateway.dialects.spark.models import ExportInputs, SparkExportBody
from gateway.dialects.spark.selection import Selection, ServiceReference, parse_reference, split_version
from gateway.http_errors import ServiceNotReadyError
from gateway.submission.limits import find_archive_limit
from gateway.submission.unfinished import list_unfinished, may_concern
from shared.archive_names import name_for_export
from shared.caller import Caller
from shared.catalogue import DEFAULT_VERSION, CatalogueEntry
from shared.errors import (
    InvalidArchiveError,
    InvalidRequestError,
    NotFoundError,
)
from shared.jobs.requests import ApplicationReference, CopyRequest, ExportRequest, ImportRequest
from shared.resources import Resources
from shared.rights.applications import list_visible_applications
from shared.rights.databases import list_databases
from shared.spelling import fold, is_same


async def check_export(resources: Resources, caller: Caller, body: SparkExportBody, now: datetime) -> ExportRequest:
    """Return the request, once everything it names is there, ready, and can fit.

    Raises: InvalidRequestError, NotFoundError, ServiceNotReadyError, TooLargeError.
    """
    limit = await find_archive_limit(resources, caller.tenant, resources.settings.spark_max_bytes)
    chosen = await _select(resources, caller, body)
    await _require_ready(resources, caller.tenant, chosen)
    _require_distinct_names(chosen)
    await require_fitting(resources, chosen, body.file_filter, limit)
    return ExportRequest(
        database=chosen[0].database,
        applications=tuple(_refer_to(each) for each in chosen),
        archive_name=name_for_export(chosen[0].name, now),
        file_name=body.file_name,
        file_filter=body.file_filter,
        max_bytes=limit,
    )


def _refer_to(entry: CatalogueEntry) -> ApplicationReference:
    return ApplicationReference(name=entry.name, version=entry.version or DEFAULT_VERSION, database=entry.database)


async def _select(resources: Resources, caller: Caller, body: SparkExportBody) -> Sequence[CatalogueEntry]:
    inputs = body.inputs
    if not (inputs.folders or inputs.services or inputs.version_ids):
        raise InvalidRequestError("inputs is empty: name at least one of folders, services, version_ids.")
    references = _parse_references(inputs)
    catalogues = await _read_catalogues(resources, caller, references, _folders_meant(inputs, references))
    selection = Selection(catalogues=catalogues, version_filter=body.version_filter)
    for folder in inputs.folders:
        selection.add_folder(folder)
    for reference in references:
        selection.add_service(reference)
    for version_id in inputs.version_ids:
        selection.add_version_id(version_id)
    return selection.finish()


def _parse_references(inputs: ExportInputs) -> Sequence[ServiceReference]:
    """Raises: InvalidRequestError naming every text that is none."""
    references, wrong = [], []
    for text in inputs.services:
        try:
            references.append(parse_reference(text))
        except InvalidRequestError as error:
            wrong.append(error.message)
    if wrong:
        raise InvalidRequestError(" ".join(wrong), details=wrong)
    return references


def _folders_meant(inputs: ExportInputs, references: Sequence[ServiceReference]) -> Collection[str] | None:
    """Return the folders that are named; None where an id may lead into any."""
    named = {each.folder for each in references if each.folder is not None}
    is_all_named = not inputs.version_ids and all(each.folder is not None for each in references)
    return set(map(fold, (*inputs.folders, *named))) if is_all_named else None


async def _read_catalogues(
    resources: Resources, caller: Caller, references: Sequence[ServiceReference], wanted: Collection[str] | None
) -> Mapping[str, Sequence[CatalogueEntry]]:
    """Read the catalogue of each database that may be meant, with the services that are named and only have a label."""
    catalogues: dict[str, Sequence[CatalogueEntry]] = {}
    for database in await list_databases(resources, caller.tenant):
        if wanted is not None and fold(database) not in wanted:
            continue  # one that is away must not stop the exports of the others
        named = {each.name for each in references if is_same(each.folder or "", database) and each.name is not None}
        spelt = {part for each in named for part in (each, split_version(each)[0])}
        catalogues[database] = await list_visible_applications(resources, caller, database, named=spelt)
    return catalogues


async def _require_ready(resources: Resources, tenant: str, chosen: Sequence[CatalogueEntry]) -> None:
    """Raise ServiceNotReadyError where an unfinished import, or copy, writes one of these services."""
    for job in await list_unfinished(resources.jobs, tenant):
        if isinstance(job.request, ImportRequest | CopyRequest):
            concerned = [each for each in chosen if may_concern(job, each.database, each.name)]
            if arriving := await _choose_arriving(resources, tenant, job.request, concerned):
                raise ServiceNotReadyError(
                    f"Service {arriving[0].database}/{arriving[0].name} is still being imported by job {job.id}; "
                    "wait until that has ended, or cancel it."
                )


async def _choose_arriving(
    resources: Resources, tenant: str, request: ImportRequest | CopyRequest, concerned: Sequence[CatalogueEntry]
) -> Sequence[CatalogueEntry]:
    """Choose those that arrive for certain: where the request names none, the archive tells which."""
    if not concerned or isinstance(request, CopyRequest) or request.choices or request.import_as is not None:
        return concerned
    try:
        async with resources.archives.open_content(tenant, request.archive_name) as content:
            names = await read_application_names(content, request.archive_name, resources.limits)
    except (NotFoundError, InvalidArchiveError):
        return ()  # such an import fails before it touches anything
    held = None if names is None else set(map(fold, names))
    return [each for each in concerned if held is None or fold(each.name) in held]


def _require_distinct_names(chosen: Sequence[CatalogueEntry]) -> None:
    """Refuse services of one name from two folders: an import could not tell them apart."""
    folders: dict[str, str] = {}
    for entry in chosen:
        if (folder := folders.setdefault(fold(entry.name), entry.database)) != entry.database:
            raise InvalidRequestError(
                f"Service {entry.name!r} is selected in two folders, {folder!r} and {entry.database!r}: "
                "export them in two requests."
            )
