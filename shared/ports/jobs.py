"""The port of jobs: their records, slots, events and workers."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from shared.jobs.events import Event
from shared.jobs.record import WAITING_LIMIT, Cancellation, Job, JobKind, NewJob, Outcome, Progress, Status
from shared.jobs.touched import is_about_application, is_about_database, names_part, reads_archive

CLOCK_PATIENCE_SECONDS = 5.0
"""By how much a worker's clock may differ from the store's before that is told."""

WORKER_PATIENCE_SECONDS = 15.0
"""A worker announces itself three times as often; one not heard of for so long is gone."""


MINUTES_KEPT = timedelta(hours=24)
"""For how long a store tells what became of jobs minute by minute."""


NameAndSize: TypeAlias = tuple[str, int]
"""Of an archive: a name alone may have been given anew."""


def make_nonce(worker: str) -> str:
    """Make the mark of one claim, which names the worker that makes it."""
    return f"{worker}/{uuid.uuid4().hex}"


class WhenBusy(StrEnum):
    """What a submission does when the tenant's slot is taken."""

    REFUSE = "refuse"
    QUEUE = "queue"


class Order(StrEnum):
    """What a renewal tells the holder of a lease to do."""

    GO_ON = "ok"
    CANCEL = "cancel"
    DEADLINE = "deadline"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to work on one attempt of a job, until the lease runs out."""

    job: Job
    attempt: int
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs a listing shows; None is any."""

    statuses: frozenset[Status] | None = None
    kinds: frozenset[JobKind] | None = None
    created_by: str | None = None
    database: str | None = None
    """Read or changed by the job."""
    application: str | None = None
    """Named in the request, or in what the job tells."""
    find: str | None = None
    """A part of the name of such an application, or of an archive; ASCII letters in any case."""
    created_after: datetime | None = None
    """Then or later."""
    created_before: datetime | None = None
    """Before that, not then."""

    def matches(self, job: Job) -> bool:
        """Return whether the listing shows the job."""
        return (
            (self.statuses is None or job.status in self.statuses)
            and (self.kinds is None or job.kind in self.kinds)
            and (self.created_by is None or job.created_by == self.created_by)
            and (self.database is None or is_about_database(job, self.database))
            and (self.application is None or is_about_application(job, self.application))
            and (self.find is None or names_part(job, self.find))
            and (self.created_after is None or job.created >= self.created_after)
            and (self.created_before is None or job.created < self.created_before)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedFilter:
    """Which ended jobs a listing shows beside the unfinished; None is any."""

    since: datetime
    """Then or later; a job whose ending is corrected counts as ended then."""
    created_by: str | None = None
    kind: JobKind | None = None
    most: int | None = None
    """The latest so many; no more than some times as many are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """A part of a listing, newest first."""

    jobs: Sequence[Job]
    """May be fewer than asked for although more follow: a part looks at a bounded number of records."""
    next_cursor: str | None
    """Where the next part begins, whatever is submitted meanwhile; None at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A tenant's jobs, running and recent."""

    unfinished: Sequence[Job]
    """The one that holds the slot first, then those that wait as list_waiting lists them."""
    ended: Sequence[Job]
    """Newest end first."""
    read: datetime
    """When, by the store's clock: no job stands here as it was before or after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What a worker hears that announces itself."""

    ahead_seconds: float
    """By how much its clock is ahead of the store's."""
    workers: int
    """How many there are, itself included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerFacts:
    """A worker that lives, or did so a moment ago."""

    name: str
    """Its machine and process id."""
    started: datetime
    seen: datetime
    """When it was last heard of."""
    job_id: str | None = None
    """What it works on; of several jobs any one."""
    tenant: str | None = None
    """Whose job that is."""
    is_draining: bool = False
    """Whether it takes nothing more, and ends with its jobs."""
    clock_ahead: float = 0.0
    """By how many seconds its clock is ahead of the store's; negative: behind."""

    @property
    def has_odd_clock(self) -> bool:
        """Whether its clock differs so much that people should know; nothing depends on it."""
        return abs(self.clock_ahead) > CLOCK_PATIENCE_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """What became of a tenant's jobs within one minute."""

    time: datetime
    """When it began."""
    elements: int = 0
    """Nodes and relationships that were read or written, as progress tells."""
    jobs_ended: int = 0
    waiting: int = 0
    """Jobs that waited at its last transition."""
    running: int = 0
    """Whether one ran then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How a store keeps what it accepts."""

    eviction: str | None
    """What it does to records when its memory is full; None: it does not say."""
    is_appended: bool
    """Whether the last write to its file went well, where it writes one."""
    server: str | None = None
    """What it is, with its version; None: it does not say."""
    replicas: int | None = None
    """How many follow it now; None: it does not say."""


Totals: TypeAlias = Mapping[tuple[str, ...], int]
"""Counts by family and labels."""

TIME_BUCKETS: Final = (1, 5, 15, 60, 300, 1800, 7200, 28_800)
"""Seconds that times are counted up to."""


class JobStore(Protocol):
    """The truth about jobs. Every transition is atomic, safe to send twice, and timed by the store's own clock."""

    async def submit(self, job: NewJob, *, when_busy: WhenBusy, waiting_limit: int = WAITING_LIMIT) -> Job:
        """Accept a job durably: take the tenant's slot and queue its event, or append it to the waiting queue.

        One that depends on unfinished jobs is held: it goes into the waiting queue when the last of them has closed,
        and fails when one ends otherwise. Those that are held count among the waiting.
        The same id, or the same tenant and idempotency key, again gives the job that was accepted first.
        Raises: TenantBusyError (when_busy refuse), QueueFullError, NotDurableError; of what it depends on,
        UnknownJobError, DependencyFailedError.
        """
        ...

    async def confirms_durability(self) -> bool:
        """Whether the store can confirm that accepted jobs are on disk; where it cannot, submit does not wait."""
        ...

    async def find_write_refusal(self) -> str | None:
        """Say why the store takes no writes now, by a write that changes nothing; None: it takes them."""
        ...

    async def list_missing_rights(self) -> Sequence[str]:
        """List the rights that our user lacks for all that is done with a store, as its administrator gives them."""
        ...

    async def read_keeping(self) -> Keeping:
        """Return how the store is set up to keep what it accepts; nothing is changed."""
        ...

    async def read_clock(self) -> datetime:
        """Return what time it is by the store's clock: the one that all times of records are by."""
        ...

    async def get(self, job_id: str) -> Job:
        """Raises: UnknownJobError."""
        ...

    async def find_accepted(self, tenant: str, idempotency_key: str) -> Job | None:
        """Find the job that was accepted with this key."""
        ...

    async def list_jobs(self, tenant: str, *, where: JobFilter, cursor: str | None = None, limit: int = 100) -> JobPage:
        """List a tenant's jobs, newest first. Raises: InvalidRequestError for a cursor not of ours."""
        ...

    async def read_listing(self, tenant: str, ended: EndedFilter) -> Listing:
        """Read the tenant's jobs that have not ended, or did so lately: its cost grows with these alone."""
        ...

    async def find_written(self, tenant: str, user: str, archives: Sequence[NameAndSize]) -> frozenset[NameAndSize]:
        """Find which of these archives the user's closed exports wrote, as far as their records are kept."""
        ...

    async def find_running(self, tenant: str) -> Job | None:
        """Find the job that holds the tenant's slot, under way or about to be."""
        ...

    async def list_waiting(self, tenant: str) -> Sequence[Job]:
        """List the jobs that wait for the tenant's slot, first in line first, then those held for other jobs."""
        ...

    async def find_place(self, job: Job) -> int | None:
        """Find the place of a job among those that wait for its tenant's slot, 1 for the next one.

        None: it does not wait for the slot, but has it, is held for other jobs, or has ended.
        """
        ...

    async def claim(self, event: Event, nonce: str) -> Claim | None:
        """Take an attempt; None when it is not there to be taken. The same nonce again gives the same claim."""
        ...

    async def renew(self, claim: Claim, progress: Progress) -> Order:
        """Keep the lease and write progress; LOST means that nothing may be touched any more."""
        ...

    async def finish(self, claim: Claim, outcome: Outcome) -> bool:
        """Write the terminal status, release the slot, start the next waiting job; False when the claim is lost."""
        ...

    async def read_report(self, job_id: str) -> str | None:
        """Return what the job's outcome reported, for as long as its record is kept; None where it reported nothing."""
        ...

    async def correct(self, job_id: str, outcome: Outcome) -> bool:
        """Let the record of a job that ended badly follow what became of its work later.

        False for a job that is closed, has not ended, or is unknown. It starts nobody who waited for the job.
        """
        ...

    async def request_cancel(self, job_id: str, cancellation: Cancellation) -> Job:
        """Cancel a job that never started at once; ask a running one to stop. Answers the record afterwards.

        Raises: UnknownJobError, JobEndedError (ended otherwise than by cancel, or past its publish point).
        """
        ...

    async def refuse_cancel(self, claim: Claim) -> Order:
        """Pass the point after which a cancel is refused; CANCEL or DEADLINE when one of them came first."""
        ...

    async def hand_off(self, claim: Claim, *, is_unknown: bool = False) -> bool:
        """Give the attempt back to the queue, as the next attempt, without counting a crash.

        Hand-offs in a row by workers that do not know what the job asks for are counted in the record.
        """
        ...

    async def reap(self) -> int:
        """Repair what dead processes left: leases over, events lost, slots held by ended jobs.

        Of very many slots it looks at some, at the next ones each time. Returns how many records changed.
        """
        ...

    async def announce(self, worker: str, *, started: datetime, now: datetime, is_draining: bool = False) -> Presence:
        """Note that the worker of this name lives, by its own clock, `now`; tell what it does not know.

        What it works on its claims tell: see make_nonce.
        """
        ...

    async def list_workers(self) -> Sequence[WorkerFacts]:
        """List by name the workers that announced themselves within the last WORKER_PATIENCE_SECONDS."""
        ...

    async def read_minutes(self, tenant: str, *, since: datetime) -> Sequence[Minute]:
        """List the minutes in which something became of the tenant's jobs, oldest first; kept for MINUTES_KEPT."""
        ...

    async def read_totals(self) -> Totals:
        """Read what became of all tenants' jobs since there is this store: its cost does not grow with them.

        Families, with their labels: `unfinished` (status, surface, kind), the only one that falls; `accepted` (surface,
        kind); `ended` (surface, kind, status, failure's code or ""); `wait` and `run` (kind, the greatest seconds of
        TIME_BUCKETS or +Inf), from accepted to claimed and from claimed to ended, with `wait_ms` and `run_ms` (kind),
        their sums; `elements` (kind) that were read or written; `archive_bytes` of exports; `again` (why), attempts
        that another follows; `taken_over` (kind), those that followed and began.
        """
        ...

    async def read_tenant_jobs(self) -> Totals:
        """Read how many unfinished jobs there are, by tenant and status."""
        ...

    def watch_cancels(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Open the stream of hints: ids of jobs that somebody just asked to cancel."""
        ...


async def is_awaited(jobs: JobStore, tenant: str, archive: str) -> bool:
    """Whether a job of the tenant that has not ended reads the archive. Raises: StoreUnavailableError."""
    # In this order: a job that gets the slot meanwhile is in both.
    waiting = await jobs.list_waiting(tenant)
    running = await jobs.find_running(tenant)
    return any(reads_archive(job, archive) for job in (*waiting, *([] if running is None else [running])))
