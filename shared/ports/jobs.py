"""The port of jobs: their records, slots, events and workers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from shared.events import Event
from shared.jobs import WAITING_LIMIT, Cancellation, Job, JobKind, NewJob, Outcome, Progress, Status

WORKER_PATIENCE_SECONDS = 15.0
"""A worker announces itself three times as often; one not heard of for so long is gone."""


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

    def matches(self, job: Job) -> bool:
        """Return whether the listing shows the job."""
        return (
            (self.statuses is None or job.status in self.statuses)
            and (self.kinds is None or job.kind in self.kinds)
            and (self.created_by is None or job.created_by == self.created_by)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """A part of a listing, newest first."""

    jobs: Sequence[Job]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A tenant's jobs, running and recent."""

    unfinished: Sequence[Job]
    """The one that holds the slot first, then those that wait for it, first in line first."""
    ended: Sequence[Job]
    """Newest end first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerFacts:
    """A worker that lives, or did so a moment ago."""

    name: str
    """Its machine and process id."""
    seen: datetime
    """When it was last heard of."""


class JobStore(Protocol):
    """The truth about jobs. Every transition is atomic, safe to send twice, and timed by the store's own clock."""

    async def submit(self, job: NewJob, *, when_busy: WhenBusy, waiting_limit: int = WAITING_LIMIT) -> Job:
        """Accept a job durably: take the tenant's slot and queue its event, or append it to the waiting queue.

        The same id, or the same tenant and idempotency key, again gives the job that was accepted first.
        Raises: TenantBusyError (when_busy refuse), QueueFullError, NotDurableError.
        """
        ...

    async def confirms_durability(self) -> bool:
        """Whether the store can confirm that accepted jobs are on disk; where it cannot, submit does not wait."""
        ...

    async def get(self, job_id: str) -> Job:
        """Raises: UnknownJobError."""
        ...

    async def list_jobs(self, tenant: str, *, where: JobFilter, cursor: str | None = None, limit: int = 100) -> JobPage:
        """List a tenant's jobs, newest first. Raises: InvalidRequestError for a cursor not of ours."""
        ...

    async def read_listing(self, tenant: str, *, ended_since: datetime) -> Listing:
        """Read the tenant's jobs that have not ended, or did so lately: its cost grows with these alone."""
        ...

    async def find_running(self, tenant: str) -> Job | None:
        """Find the job that holds the tenant's slot, under way or about to be."""
        ...

    async def list_waiting(self, tenant: str) -> Sequence[Job]:
        """List the jobs that wait for the tenant's slot, first in line first."""
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

    async def request_cancel(self, job_id: str, cancellation: Cancellation) -> Job:
        """Cancel a job that never started at once; ask a running one to stop. Answers the record afterwards.

        Raises: UnknownJobError, JobEndedError (ended otherwise than by cancel, or past its publish point).
        """
        ...

    async def refuse_cancel(self, claim: Claim) -> Order:
        """Pass the point after which a cancel is refused; CANCEL or DEADLINE when one of them came first."""
        ...

    async def hand_off(self, claim: Claim) -> bool:
        """Give the attempt back to the queue, as the next attempt, without counting a crash."""
        ...

    async def reap(self) -> int:
        """Repair what dead processes left: leases over, events lost, slots held by ended jobs.

        Returns how many records changed.
        """
        ...

    async def announce(self, worker: str) -> None:
        """Note that the worker of this name lives."""
        ...

    async def list_workers(self) -> Sequence[WorkerFacts]:
        """List by name the workers that announced themselves within the last WORKER_PATIENCE_SECONDS."""
        ...

    def watch_cancels(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Open the stream of hints: ids of jobs that somebody just asked to cancel."""
        ...
