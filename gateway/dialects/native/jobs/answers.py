"""The answers of jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict

from gateway.bodies.times import Time
from shared.jobs.record import ArchiveFacts, Failure, JobKind, Phase, Status, Surface
from shared.jobs.requests import JobRequest


class ProgressAnswer(TypedDict):
    """Counts so far, and totals where they are known."""

    nodes_done: int
    nodes_total: int | None
    relationships_done: int
    relationships_total: int | None
    bytes_done: int


class CancellationAnswer(TypedDict):
    """Who asked for a job to stop."""

    reason: str | None
    by: str
    at: Time | None


class JobAnswer(TypedDict):
    """A job."""

    id: str
    kind: JobKind
    surface: Surface
    status: Status
    phase: Phase
    progress: ProgressAnswer
    archive: ArchiveFacts | None
    summary: Mapping[str, Any]
    failure: Failure | None
    created: Time | None
    started: Time | None
    updated: Time | None
    ended: Time | None
    attempt: int
    crashes: int
    database: str
    created_by: str
    request: JobRequest
    retry_of: str | None
    depends_on: Sequence[str]
    cancel: CancellationAnswer | None
    source_system: str | None
    correlation_id: str | None
    log: str


class JobsAnswer(TypedDict):
    """A part of a listing of jobs."""

    jobs: list[JobAnswer]
    next_cursor: str | None
