"""What closed jobs report as their outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from shared.catalogue import DEFAULT_VERSION, version_order
from shared.jobs.record import Job

Row: TypeAlias = Mapping[str, Any]
"""An application, as the job's summary describes it."""

_SKIPPED = "skipped"


def empty_outputs() -> Mapping[str, Any]:
    """Return the outputs of a job that has made nothing."""
    return {"files": [], "services": [], "service_versions": []}


def view_export_outputs(job: Job, file_url: str | None) -> Mapping[str, Any]:
    """Return the file with the services in it."""
    rows = _sorted(
        {
            "source_folder": each["folder"],
            "source_name": each["name"],
            "source_version": each["version"],
            "source_service_id": each["service_id"],
            "source_version_id": each["version_id"],
        }
        for each in _applications(job)
    )
    files = []
    if file_url is not None and job.archive is not None:
        files.append({"file": file_url, "file_hash": job.archive.sha256})
    return {
        "files": files,
        "services": [_source_service(row) for row in _services(rows)],
        "service_versions": [_source_version(row) for row in rows],
    }


def view_import_outputs(job: Job) -> Mapping[str, Any]:
    """Return what became of each service, and of each version."""
    rows = _sorted(_applications(job))
    return {
        "files": [],
        "services": [{**_source_service(row), **_destination_service(row, rows)} for row in _services(rows)],
        "service_versions": [{**_source_version(row), **_destination_version(row)} for row in rows],
    }


def _applications(job: Job) -> Sequence[Row]:
    rows: Sequence[Row] = job.summary.get("applications", ())
    return rows


def _sorted(rows: Iterable[Row]) -> list[Row]:
    return sorted(
        rows, key=lambda row: (row["source_folder"], row["source_name"], version_order(row["source_version"]))
    )


def _services(rows: Sequence[Row]) -> Sequence[Row]:
    """Return one row for each service, the first."""
    first: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        first.setdefault(_key(row), row)
    return list(first.values())


def _key(row: Row) -> tuple[str, str, str]:
    return row["source_folder"], row["source_name"], row.get("name", "")


def _source_service(row: Row) -> dict[str, Any]:
    folder, name = row["source_folder"], row["source_name"]
    return {
        "service_uri_source": f"{folder}/{name}",
        "folder_source": folder,
        "service_source": name,
        "service_id_source": row["source_service_id"],
    }


def _source_version(row: Row) -> dict[str, Any]:
    version = row["source_version"] or DEFAULT_VERSION
    service = _source_service(row)
    return {
        **service,
        "service_uri_source": f"{service['service_uri_source']}[{version}]",
        "version_source": version,
        "version_id_source": row["source_version_id"],
    }


def _destination_service(row: Row, rows: Sequence[Row]) -> dict[str, Any]:
    statuses = [each["status"] for each in rows if _key(each) == _key(row)]
    return {
        "service_uri_destination": f"{row['database']}/{row['name']}",
        "folder_destination": row["database"],
        "service_destination": row["name"],
        "service_id_destination": row["service_id"],
        "status": next((status for status in statuses if status != _SKIPPED), _SKIPPED),
    }


def _destination_version(row: Row) -> dict[str, Any]:
    version = row["version"] or DEFAULT_VERSION
    return {
        **_destination_service(row, [row]),
        "service_uri_destination": f"{row['database']}/{row['name']}[{version}]",
        "version_destination": version,
        "version_id_destination": row["version_id"],
    }
