"""What closed jobs report as their outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from shared.catalogue import DEFAULT_VERSION, version_order
from shared.jobs.record import Job
from shared.jobs.summaries import ApplicationStatus, ExportedVersion, ImportedVersion

_Moved: TypeAlias = ExportedVersion | ImportedVersion
_Version = TypeVar("_Version", ExportedVersion, ImportedVersion)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """An application version where it comes from."""

    folder: str
    name: str
    version: str | None
    service_id: str
    version_id: str


def _source_of(version: _Moved) -> _Source:
    match version:
        case ExportedVersion():
            return _Source(
                folder=version.folder,
                name=version.name,
                version=version.version,
                service_id=version.service_id,
                version_id=version.version_id,
            )
        case ImportedVersion():
            return _Source(
                folder=version.source_folder,
                name=version.source_name,
                version=version.source_version,
                service_id=version.source_service_id,
                version_id=version.source_version_id,
            )


def empty_outputs() -> Mapping[str, Any]:
    """Return the outputs of a job that has made nothing."""
    return {"files": [], "services": [], "service_versions": []}


def view_export_outputs(job: Job, file_url: str | None) -> Mapping[str, Any]:
    """Return the file with the services in it."""
    versions = _sorted(job.summary.applications_of(ExportedVersion))
    files = []
    if file_url is not None and job.archive is not None:
        files.append({"file": file_url, "file_hash": job.archive.sha256})
    return {
        "files": files,
        "services": [_source_service(each) for each in _services(versions)],
        "service_versions": [_source_version(each) for each in versions],
    }


def view_import_outputs(job: Job) -> Mapping[str, Any]:
    """Return what became of each service, and of each version."""
    versions = _sorted(job.summary.applications_of(ImportedVersion))
    return {
        "files": [],
        "services": [{**_source_service(each), **_destination_service(each, versions)} for each in _services(versions)],
        "service_versions": [{**_source_version(each), **_destination_version(each)} for each in versions],
    }


def _sorted(versions: Sequence[_Version]) -> list[_Version]:
    def order(version: _Version) -> tuple[str, str, list[tuple[int, str]]]:
        source = _source_of(version)
        return source.folder, source.name, version_order(source.version)

    return sorted(versions, key=order)


def _services(versions: Sequence[_Version]) -> Sequence[_Version]:
    """Return one version of each service, the first."""
    first: dict[tuple[str, str, str], _Version] = {}
    for each in versions:
        first.setdefault(_service_of(each), each)
    return list(first.values())


def _service_of(version: _Moved) -> tuple[str, str, str]:
    """Return what tells services apart: where one comes from, and its name where it goes."""
    source = _source_of(version)
    return source.folder, source.name, version.name


def _source_service(version: _Moved) -> dict[str, Any]:
    source = _source_of(version)
    return {
        "service_uri_source": f"{source.folder}/{source.name}",
        "folder_source": source.folder,
        "service_source": source.name,
        "service_id_source": source.service_id,
    }


def _source_version(version: _Moved) -> dict[str, Any]:
    source = _source_of(version)
    text = source.version or DEFAULT_VERSION
    return {
        "service_uri_source": f"{source.folder}/{source.name}[{text}]",
        "folder_source": source.folder,
        "service_source": source.name,
        "version_source": text,
        "service_id_source": source.service_id,
        "version_id_source": source.version_id,
    }


def _destination_service(version: ImportedVersion, versions: Sequence[ImportedVersion]) -> dict[str, Any]:
    statuses = [each.status for each in versions if _service_of(each) == _service_of(version)]
    skipped = ApplicationStatus.SKIPPED
    return {
        "service_uri_destination": f"{version.database}/{version.name}",
        "folder_destination": version.database,
        "service_destination": version.name,
        "service_id_destination": version.service_id,
        "status": str(next((status for status in statuses if status is not skipped), skipped)),
    }


def _destination_version(version: ImportedVersion) -> dict[str, Any]:
    text = version.version or DEFAULT_VERSION
    return {
        "service_uri_destination": f"{version.database}/{version.name}[{text}]",
        "folder_destination": version.database,
        "service_destination": version.name,
        "version_destination": text,
        "service_id_destination": version.service_id,
        "version_id_destination": version.version_id,
        "status": str(version.status),
    }
