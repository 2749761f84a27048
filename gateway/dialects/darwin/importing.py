"""What an import request asks for, and what refuses it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from gateway.dialects.darwin.models import Action, DarwinImportBody
from shared.archive.manifest import ApplicationManifest, Manifest
from shared.catalogue import DEFAULT_VERSION, require_application_name
from shared.catalogue_names import spell_application
from shared.errors import UnknownApplicationError
from shared.jobs.requests import ApplicationChoice, ConflictAction, ImportRequest
from shared.ports.graph_source import GraphSource

_ON_CONFLICT = {
    Action.CHECK: ConflictAction.FAIL,
    Action.SKIP: ConflictAction.SKIP,
    Action.OVERWRITE: ConflictAction.OVERWRITE,
    Action.IMPORT_AS_NEW: ConflictAction.FAIL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionName:
    """A version as the target would know it."""

    name: str
    version: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageImport:
    """A package that is to be imported: every version of it is treated alike."""

    request: ImportRequest
    versions: Sequence[VersionName]
    """As the target would know them."""

    @classmethod
    def of(cls, body: DarwinImportBody, manifest: Manifest, *, database: str, archive_name: str) -> Self:
        """Say what the body asks for. Raises: InvalidRequestError for a suffix that makes no name."""
        versions = [_rename(body, each) for each in manifest.applications]
        pairs = zip(manifest.applications, versions, strict=True)
        request = ImportRequest(
            database=database,
            archive_name=archive_name,
            choices=tuple(_choose(body.action, source, version) for source, version in pairs),
            dry_run=body.action is Action.CHECK,
            compare=False,
        )
        return cls(request=request, versions=versions)


def _rename(body: DarwinImportBody, application: ApplicationManifest) -> VersionName:
    is_new = body.action is Action.IMPORT_AS_NEW
    return VersionName(
        name=require_application_name(f"{application.name}_{body.suffix}" if is_new else application.name),
        version=application.version or DEFAULT_VERSION,
        kind=application.kind,
    )


def _choose(action: Action, application: ApplicationManifest, version: VersionName) -> ApplicationChoice:
    return ApplicationChoice(
        source_name=application.name,
        source_version=version.version,
        name=version.name,
        on_conflict=_ON_CONFLICT[action],
        by_version=True,
    )


async def list_conflicts(source: GraphSource, package: PackageImport) -> Sequence[VersionName]:
    """List the versions that are there already."""
    return [each for each in package.versions if await _is_there(source, each)]


async def _is_there(source: GraphSource, version: VersionName) -> bool:
    with suppress(UnknownApplicationError):
        await source.get_application(await spell_application(source, version.name), version.version)
        return True
    return False
