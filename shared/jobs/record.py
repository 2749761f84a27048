"""The job record: one accepted piece of work from submission to its terminal status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from shared.jobs.requests import JobRequest, RecordedRequest
from shared.jobs.summaries import ArchiveFacts, Summary
from shared.trace_context import TraceContext

WAITING_LIMIT = 25
"""Jobs of one tenant that may wait for its slot."""

MAX_CRASHES = 3
"""A job that has lost this many workers is not started again."""

MAX_UNKNOWN_TO = 3
"""A job that so many workers in a row do not know fails."""


class JobKind(StrEnum):
    """What a job does; one handler answers each."""

    EXPORT = "export"
    IMPORT = "import"
    COPY = "copy"
    DELETE = "delete"
    UNDO = "undo"
    INSPECT = "inspect"


class Surface(StrEnum):
    """The dialect that a job was submitted in."""

    IMAGING = "imaging"
    SPARK = "spark"
    DARWIN = "darwin"
    NATIVE = "native"


class Status(StrEnum):
    """The wire's words for where a job stands, used inside too."""

    CREATED = "created"
    IN_PROGRESS = "in_progress"
    CLOSED = "closed"
    CLOSED_BY_TIMEOUT = "closed_by_timeout"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL_STATUSES = frozenset({Status.CLOSED, Status.CLOSED_BY_TIMEOUT, Status.FAILED, Status.CANCELLED})


class Phase(StrEnum):
    """The part of its work that a handler is in; free of promises, for people to read."""

    WAITING = "waiting"
    STARTING = "starting"
    READING = "reading"
    """Of a copy: all that an export does."""
    NODES = "nodes"
    RELATIONSHIPS = "relationships"
    PACKING = "packing"
    CHECKING = "checking"
    VERIFYING = "verifying"
    PUBLISHING = "publishing"
    DELETING = "deleting"
    UNDOING = "undoing"
    ENDED = "ended"


Word = TypeVar("Word", JobKind, Surface, Status, Phase)


def read_word(kind: type[Word], text: str) -> Word:
    """Read a word of a record; one that only a later version knows stays as it is, and equals no member.

    Not for what callers send: their unknown words are refused.
    """
    try:
        return kind(text)
    except ValueError:
        word = str.__new__(kind, text)
        word._name_ = word._value_ = text
        return word


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitter:
    """Where the rights of whoever asked for a job come from."""

    home: str | None
    """The tenant that keeps the user, empty for one of the installation; None: an outside issuer does."""
    roles: tuple[str, ...]
    """As they were then: all that is ever known of an issuer's user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveIdentity:
    """Which file an archive is: another one under its name, or other content in it, differs in one of these."""

    inode: int
    bytes: int
    modified_ns: int
    """Since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobWebhook:
    """The address that is told when a job has ended, besides the tenant's."""

    url: str
    secret: str | None = field(default=None, repr=False)
    """What it is signed with; None: the tenant's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A checked request, before the store accepts it."""

    id: str
    """UUIDv7, made by the submitter so that a lost answer can be asked for again."""
    tenant: str
    kind: JobKind
    surface: Surface
    database: str
    created_by: str
    request: JobRequest
    deadline_seconds: int
    """How long it may run, counted from its first claim."""
    source_system: str | None = None
    correlation_id: str | None = None
    idempotency_key: str | None = None
    request_digest: str | None = None
    """Tells whether a request with the same key is the same; given with the key alone."""
    submitter: Submitter | None = None
    """None: nobody's rights are asked about again."""
    archive_identity: ArchiveIdentity | None = None
    """Of the archive that an import or an inspection was checked with; None: it takes any."""
    retry_of: str | None = None
    """The ended job whose request this one makes again."""
    depends_on: tuple[str, ...] = ()
    """Jobs of the tenant that must have closed before this one starts; until then it takes no slot."""
    trace: TraceContext | None = None
    """What the job's spans and log lines belong to: the request that submitted it."""
    webhook: JobWebhook | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Counts so far, and the totals where they are known."""

    phase: Phase = Phase.WAITING
    nodes_done: int = 0
    nodes_total: int | None = None
    relationships_done: int = 0
    relationships_total: int | None = None
    bytes_done: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a job failed."""

    code: str
    message: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Who asked for a job to stop."""

    reason: str | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The record as the store holds it. Times are UTC."""

    id: str
    tenant: str
    kind: JobKind
    surface: Surface
    database: str
    created_by: str
    request: RecordedRequest
    status: Status
    attempt: int
    """The attempt that is queued or running; 0 while waiting for the tenant's slot."""
    crashes: int = 0
    unknown_to: int = 0
    """How many workers in a row have handed it back because they did not know what it asks for."""
    fence: int = 0
    lease_until: datetime | None = None
    deadline_seconds: int
    deadline: datetime | None = None
    """When its time is over; set by the first claim."""
    cancel: Cancellation | None = None
    cancellable: bool = True
    """False once it is past its point of no return: from there it only goes forward, also in a later attempt."""
    progress: Progress = field(default_factory=Progress)
    archive: ArchiveFacts | None = None
    summary: Summary = field(default_factory=Summary)
    failure: Failure | None = None
    source_system: str | None = None
    correlation_id: str | None = None
    idempotency_key: str | None = None
    request_digest: str | None = None
    """As in NewJob; None also before that was noted."""
    submitter: Submitter | None = None
    """None: before that was noted."""
    archive_identity: ArchiveIdentity | None = None
    """As in NewJob; None also before that was noted."""
    retry_of: str | None = None
    depends_on: tuple[str, ...] = ()
    trace: TraceContext | None = None
    """As in NewJob; None also before that was noted."""
    webhook: JobWebhook | None = None
    created: datetime
    started: datetime | None = None
    updated: datetime
    ended: datetime | None = None
    unsupported: tuple[str, ...] = ()
    """What a later version asks for that is not known here, in words; a job that asks for any is not run."""
    unknown: Mapping[str, Any] = field(default_factory=dict)
    """By part, such as `archive`: what a later version wrote there that is not known here, to be shown as it is."""

    @property
    def has_ended(self) -> bool:
        """Whether the job has ended, be it in a way that only a later version knows."""
        return self.status in TERMINAL_STATUSES or self.ended is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a handler ended: what `finish` writes."""

    status: Status
    """A terminal one."""
    archive: ArchiveFacts | None = None
    summary: Summary = field(default_factory=Summary)
    failure: Failure | None = None
    progress: Progress | None = None
    """The last counts; None keeps what the record has."""
    report: str | None = None
    """What is kept beside the record for as long, because it is too large to be read with it each time."""
