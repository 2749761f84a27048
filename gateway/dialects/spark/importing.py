"""What an import request must satisfy before it becomes a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.dialects.spark.errors import SeveralFoldersError
from gateway.dialects.spark.models import ServiceToImport, SparkImportBody
from gateway.dialects.spark.selection import Catalogues, Match, parse_reference, split_version
from gateway.submission.imports import require_free_name
from shared.archive.manifest import Manifest
from shared.caller import Caller
from shared.catalogue import DEFAULT_VERSION, CatalogueEntry, require_application_name
from shared.errors import GraphferryError, InvalidRequestError
from shared.jobs.requests import ApplicationChoice, ConflictAction, ImportRequest
from shared.resources import Resources
from shared.rights.databases import require_database
from shared.spelling import fold, is_same


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """One row of `services_modify`, resolved against the archive."""

    row: ServiceToImport
    entries: Sequence[CatalogueEntry]
    """What it takes from the archive: versions of one service."""
    is_version: bool
    folder: str
    """On the target, as name."""
    name: str

    def to_choice(self, on_conflict: ConflictAction) -> ApplicationChoice:
        """Convert to the domain's choice."""
        source = self.entries[0]
        return ApplicationChoice(
            source_name=source.name,
            source_version=(source.version or DEFAULT_VERSION) if self.is_version else None,
            name=self.name,
            on_conflict=on_conflict,
            version_step=self.row.update_version_type,
        )


async def check_import(
    resources: Resources, caller: Caller, body: SparkImportBody, manifest: Manifest, archive_name: str
) -> ImportRequest:
    """Return the request, once all it names is in the archive, and its destination can take it.

    Raises: InvalidRequestError, UnknownDatabaseError, ApplicationExistsError.
    """
    mapped = _map_rows(body.inputs.services_modify, _catalogues_of(manifest))
    _require_distinct(mapped)
    database = await require_database(resources, caller.tenant, _require_one_folder(mapped))
    if body.services_existing is ConflictAction.FAIL:
        for name in dict.fromkeys(each.name for each in mapped):
            await require_free_name(resources, caller.tenant, database, name)
    return ImportRequest(
        database=database,
        archive_name=archive_name,
        choices=tuple(each.to_choice(body.services_existing) for each in mapped),
    )


def _catalogues_of(manifest: Manifest) -> Catalogues:
    catalogues: dict[str, list[CatalogueEntry]] = {}
    for each in manifest.applications:
        entry = CatalogueEntry(
            database=each.folder,
            name=each.name,
            label=each.label,
            version=each.version,
            service_id=each.service_id,
            version_id=each.version_id,
        )
        catalogues.setdefault(each.folder, []).append(entry)
    return catalogues


def _map_rows(rows: Sequence[ServiceToImport], catalogues: Catalogues) -> Sequence[Mapped]:
    """Raises: InvalidRequestError with all that is wrong, each with its path."""
    mapped, wrong = [], []
    for index, row in enumerate(rows):
        try:
            mapped.append(_map_row(row, catalogues))
        except GraphferryError as error:
            wrong.append(f"inputs.services_modify.{index}: {error.message}")
    if wrong:
        raise InvalidRequestError(" ".join(wrong), details=wrong)
    return mapped


def _map_row(row: ServiceToImport, catalogues: Catalogues) -> Mapped:
    match = Match.of(parse_reference(row.service_uri_source), catalogues)
    if not match.entries:
        raise InvalidRequestError(
            f"{row.service_uri_source!r} is not in the archive, which holds {_content(catalogues)}."
        )
    folder, name = _destination(row, match.entries[0])
    return Mapped(row=row, entries=match.entries, is_version=match.is_version, folder=folder, name=name)


def _content(catalogues: Catalogues) -> str:
    held = (
        f"{each.database}/{each.name}[{each.version or DEFAULT_VERSION}]"
        for all_ in catalogues.values()
        for each in all_
    )
    return ", ".join(map(repr, sorted(held)))


def _destination(row: ServiceToImport, source: CatalogueEntry) -> tuple[str, str]:
    """Return folder and name on the target. Raises: InvalidRequestError."""
    wanted = row.service_uri_destination
    if wanted is None or wanted == row.service_uri_source:
        return source.database, require_application_name(source.name)
    reference = parse_reference(wanted)
    if reference.folder is None or reference.name is None:
        raise InvalidRequestError(f"Destination {wanted!r} must be folder/service: a new service has no id yet.")
    if not is_same(reference.name, source.name) and split_version(reference.name)[1] is not None:
        raise InvalidRequestError(f"Destination {wanted!r} must not name a version: that follows from the archive.")
    return reference.folder, require_application_name(reference.name)


def _require_distinct(mapped: Sequence[Mapped]) -> None:
    """Refuse what is chosen twice, or two services for one destination."""
    chosen: set[tuple[str, str]] = set()
    sources: dict[str, str] = {}
    for each in mapped:
        for entry in each.entries:
            version = entry.name, entry.version or DEFAULT_VERSION
            if version in chosen:
                raise InvalidRequestError(f"services_modify chooses '{entry.name}[{version[1]}]' twice.")
            chosen.add(version)
        source = each.entries[0].name
        if sources.setdefault(fold(each.name), source) != source:
            raise InvalidRequestError(
                f"services_modify puts {sources[fold(each.name)]!r} and {source!r} under one name, {each.name!r}."
            )


def _require_one_folder(mapped: Sequence[Mapped]) -> str:
    folders = sorted({fold(each.folder): each.folder for each in mapped}.values())
    if len(folders) > 1:
        raise SeveralFoldersError(folders)
    return folders[0]
