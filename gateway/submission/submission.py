"""A request with its caller, before it becomes a job."""

from __future__ import annotations

from dataclasses import dataclass, field

import uuid_utils

from shared.caller import Caller
from shared.jobs.record import ArchiveIdentity, JobWebhook, Surface
from shared.jobs.requests import JobRequest
from shared.ports.jobs import WhenBusy
from shared.rights.jobs import ImportRight
from shared.trace_context import TraceContext


def make_job_id() -> str:
    """Make the id of a job to be submitted."""
    return str(uuid_utils.uuid7())


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A request together with who makes it, in which dialect."""

    job_id: str = field(default_factory=make_job_id)
    caller: Caller
    surface: Surface
    request: JobRequest
    import_right: ImportRight = ImportRight.ROLES
    """What the caller's right to import is checked against, where the request is one to import or to copy."""
    when_busy: WhenBusy = WhenBusy.QUEUE
    source_system: str | None = None
    correlation_id: str | None = None
    idempotency_key: str | None = None
    """The caller's word for this very request: sent again it is the same job, whatever became of that meanwhile."""
    request_digest: str | None = None
    """Of the request as it was sent, where it has such a word."""
    archive_identity: ArchiveIdentity | None = None
    """Of the archive that the request to import or to inspect was checked with."""
    retry_of: str | None = None
    depends_on: tuple[str, ...] = ()
    webhook: JobWebhook | None = None
    trace: TraceContext
    """What the request belongs to."""
