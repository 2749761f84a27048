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
from shared.trace_context import parse_parent

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

TEXTS = ("source_system", "correlation_id", "idempotency_key", "request_digest", "retry_of")
TIMES = ("lease_until", "deadline", "created", "started", "updated", "ended")


def read_plain(fields: Mapping[str, str]) -> Mapping[str, Any]:
    """Read what has one form in all versions."""
    return {
        **{name: fields[name] for name in TEXTS if name in fields},
        "cancellable": "refused" not in fields,
        "trace": parse_parent(fields.get("traceparent"), fields.get("tracestate")),
    }


def parse_time(milliseconds: str) -> datetime:
    """Read a time. Raises: ValueError, OverflowError, OSError."""
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
