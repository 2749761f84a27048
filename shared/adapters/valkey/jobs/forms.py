"""The forms of what a record holds as JSON: its request, by kind, and its other parts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from shared.jobs.record import ArchiveIdentity, Cancellation, Failure, JobKind, Submitter
from shared.jobs.requests import (
    CopyRequest,
    DeleteRequest,
    ExportRequest,
    ImportRequest,
    InspectRequest,
    JobRequest,
)
from shared.jobs.summaries import ArchiveFacts

REQUESTS: Mapping[JobKind, TypeAdapter[JobRequest]] = {
    JobKind.EXPORT: TypeAdapter(ExportRequest),
    JobKind.IMPORT: TypeAdapter(ImportRequest),
    JobKind.COPY: TypeAdapter(CopyRequest),
    JobKind.DELETE: TypeAdapter(DeleteRequest),
    JobKind.INSPECT: TypeAdapter(InspectRequest),
}

PARTS: Mapping[str, TypeAdapter[Any]] = {
    "cancel": TypeAdapter(Cancellation),
    "archive": TypeAdapter(ArchiveFacts),
    "failure": TypeAdapter(Failure),
    "submitter": TypeAdapter(Submitter),
    "archive_identity": TypeAdapter(ArchiveIdentity),
}
"""By the record's field, which has the same name in the job."""

TIMES = ("lease_until", "deadline", "created", "started", "updated", "ended")


def parse_time(milliseconds: str) -> datetime:
    """Read a time. Raises: ValueError, OverflowError, OSError."""
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
