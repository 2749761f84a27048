"""The two halves of a copy."""

from __future__ import annotations

from shared.jobs.requests import ApplicationReference, CopyRequest, ExportRequest, ImportRequest


def to_export(request: CopyRequest, archive_name: str) -> ExportRequest:
    """Return the half that reads, into an archive of this name."""
    return ExportRequest(
        database=request.from_database,
        applications=tuple(
            ApplicationReference(name=each.source_name, version=each.source_version) for each in request.choices
        ),
        archive_name=archive_name,
        batch_size=request.batch_size,
        strip_secured=request.strip_secured,
    )


def to_import(request: CopyRequest, archive_name: str) -> ImportRequest:
    """Return the half that writes, out of that archive."""
    return ImportRequest(
        database=request.to_database,
        archive_name=archive_name,
        batch_size=request.batch_size,
        choices=request.choices,
        fail_on_difference=request.fail_on_difference,
        join_labels=request.join_labels,
        dry_run=request.dry_run,
    )
