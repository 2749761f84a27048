"""The forms of what a record holds as JSON: its request, by kind, and its other parts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import TypeAdapter

from shared.jobs.record import ArchiveIdentity, Cancellation, Failure, JobKind, JobWebhook, Submitter
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
        "webhook": _read_webhook(fields.get("webhook")),
    }


def _read_webhook(text: str | None) -> JobWebhook | None:
    """Read who is told of the job's end, which holds a secret: nothing of it is kept to be shown."""
    with suppress(ValueError, TypeError, KeyError):
        found = orjson.loads(text or "null")
        return JobWebhook(url=str(found["url"]), secret=found.get("secret"))
    return None


def parse_time(milliseconds: str) -> datetime:
    """Read a time. Raises: ValueError, OverflowError, OSError."""
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
