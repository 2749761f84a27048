"""The receipt of an ended job: who had what done when, with which outcome, and what proves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

from typing_extensions import TypedDict

from gateway.bodies.times import Time, view_time
from gateway.dialects.native.jobs.answers import CancellationAnswer, view_cancellation, view_request
from shared.archive.manifest import TOOL_VERSION
from shared.errors import ConflictError
from shared.jobs.record import Failure, Job, JobKind, Status
from shared.jobs.requests import CopyRequest, JobRequest
from shared.jobs.summaries import (
    ABSENT,
    ApplicationStatus,
    ArchiveFacts,
    ExportedVersion,
    ImportedVersion,
    RemovedVersion,
)

RECEIPT_FORMAT: Final = 1
"""Grows when a field changes its meaning; new fields may come without that."""

_WRITTEN: Final = frozenset({ApplicationStatus.ADDED, ApplicationStatus.REPLACED, ApplicationStatus.VERSION_ADDED})


class Left(StrEnum):
    """What an import or a copy that did not close has left in its database."""

    NOTHING = "nothing"
    """The undo read back that nothing is there, or the job had not begun."""
    SOME = "some"
    UNKNOWN = "unknown"
    """The undo failed, or its record is gone."""


class ReceiptGraph(TypedDict):
    """An application version that the job moved, or removed."""

    name: str
    version: str | None
    database: str
    source_name: str | None
    """Of an import or a copy: its name in the archive."""
    source_version: str | None
    outcome: str
    """`exported`, or what became of it on the target."""
    nodes: int
    relationships: int
    digest_of_archive: str | None
    """Of the content in the archive; null: of a deletion."""
    digest_before: str | None
    """Of what the database held before; null: not known, or nothing was there."""
    digest_after: str | None
    """Of what the database holds since, which the import has read back; null: not known, or nothing is there."""


class UndoneAnswer(TypedDict):
    """What an undo removed."""

    nodes_removed: int
    relationships_removed: int
    nodes_left: int
    """Read back from the database."""


class ReceiptAnswer(TypedDict):
    """The receipt of an ended job."""

    format: int
    job: str
    kind: JobKind
    outcome: Status
    tenant: str
    database: str
    from_database: str | None
    """Of a copy."""
    created_by: str
    surface: str
    source_system: str | None
    correlation_id: str | None
    created: Time | None
    started: Time | None
    """Null: it never was."""
    ended: Time | None
    attempts: int
    crashes: int
    retry_of: str | None
    dry_run: bool
    request: JobRequest
    archive: ArchiveFacts | None
    """What was written or read, with its SHA-256."""
    applications: list[ReceiptGraph]
    hidden_applications: int
    """Those that are not the caller's to see."""
    nodes: int
    """Of all applications that were moved or removed; as relationships."""
    relationships: int
    undone: UndoneAnswer | None
    left: Left | None
    """Null where that is no question: the job closed, or writes no content."""
    failure: Failure | None
    cancel: CancellationAnswer | None
    warnings: Sequence[str]
    made_by: str
    """The version of the gateway that made the receipt."""


def view_receipt(job: Job) -> ReceiptAnswer:
    """Return the receipt. Raises: ConflictError for a job that has not ended."""
    if not job.has_ended:
        raise ConflictError(f"Job {job.id!r} has the status '{job.status}'; its receipt is there once it has ended.")
    applications, undone = list(_list_graphs(job)), job.summary.undone
    moved = [each for each in applications if each["outcome"] not in (ApplicationStatus.SKIPPED, "conflict")]
    return {
        "format": RECEIPT_FORMAT,
        "job": job.id,
        "kind": job.kind,
        "outcome": job.status,
        "tenant": job.tenant,
        "database": job.database,
        "from_database": job.request.from_database if isinstance(job.request, CopyRequest) else None,
        "created_by": job.created_by,
        "surface": job.surface,
        "source_system": job.source_system,
        "correlation_id": job.correlation_id,
        "created": view_time(job.created),
        "started": view_time(job.started),
        "ended": view_time(job.ended),
        "attempts": job.attempt,
        "crashes": job.crashes,
        "retry_of": job.retry_of,
        "dry_run": job.summary.dry_run,
        "request": view_request(job.request),
        "archive": job.archive,
        "applications": applications,
        "hidden_applications": job.summary.others,
        "nodes": sum(each["nodes"] for each in moved),
        "relationships": sum(each["relationships"] for each in moved),
        "undone": None
        if undone is None
        else {
            "nodes_removed": undone.nodes_removed,
            "relationships_removed": undone.relationships_removed,
            "nodes_left": undone.nodes_left,
        },
        "left": find_left(job),
        "failure": job.failure,
        "cancel": None if job.cancel is None else view_cancellation(job.cancel),
        "warnings": job.summary.warnings or (),
        "made_by": TOOL_VERSION,
    }


def find_left(job: Job) -> Left | None:
    """Tell what a job that did not close has left; None where that is no question."""
    if job.kind not in (JobKind.IMPORT, JobKind.COPY) or job.status is Status.CLOSED:
        return None
    if job.summary.undone is None:
        return Left.NOTHING if job.started is None else Left.UNKNOWN
    return Left.SOME if job.summary.undone.nodes_left else Left.NOTHING


def _list_graphs(job: Job) -> Iterator[ReceiptGraph]:
    for each in job.summary.applications or ():
        match each:
            case ExportedVersion():
                yield _view_exported(each)
            case ImportedVersion():
                yield _view_imported(each, is_done=not job.summary.dry_run)
            case RemovedVersion():
                yield _view_removed(each)
            case _:
                pass


def _view_exported(each: ExportedVersion) -> ReceiptGraph:
    return {
        "name": each.name,
        "version": each.version,
        "database": each.folder,
        "source_name": None,
        "source_version": None,
        "outcome": "exported",
        "nodes": each.nodes,
        "relationships": each.relationships,
        "digest_of_archive": each.digest,
        "digest_before": each.digest,
        "digest_after": each.digest,
    }


def _view_imported(each: ImportedVersion, *, is_done: bool) -> ReceiptGraph:
    difference = None if each.difference is ABSENT else each.difference
    return {
        "name": each.name,
        "version": each.version,
        "database": each.database,
        "source_name": each.source_name,
        "source_version": each.source_version,
        "outcome": each.status,
        "nodes": each.nodes,
        "relationships": each.relationships,
        "digest_of_archive": each.digest,
        "digest_before": None if difference is None else difference.digest.get("target"),
        "digest_after": each.digest if is_done and each.status in _WRITTEN else None,
    }


def _view_removed(each: RemovedVersion) -> ReceiptGraph:
    return {
        "name": each.name,
        "version": each.version,
        "database": each.database,
        "source_name": None,
        "source_version": None,
        "outcome": each.status,
        "nodes": each.nodes,
        "relationships": each.relationships,
        "digest_of_archive": None,
        "digest_before": None,
        "digest_after": None,
    }
