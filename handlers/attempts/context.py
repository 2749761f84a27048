"""What a handler call receives."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from structlog.typing import FilteringBoundLogger

from handlers.attempts.lease import Lease
from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.limits import ArchiveLimits
from shared.catalogue import CatalogueEntry
from shared.concurrency.interruptions import DeadlineReached, JobCancelled, LeaseLost
from shared.errors import InvalidRequestError, UnknownDatabaseError
from shared.jobs.record import Job, Outcome, Progress
from shared.jobs.requests import JobRequest
from shared.jobs.summaries import Summary
from shared.ports.archives import ArchiveStore
from shared.ports.graph_source import GraphSource
from shared.ports.graph_target import GraphTarget
from shared.ports.identity import IdentityStore
from shared.ports.jobs import Claim, JobStore, Order

Answer = TypeVar("Answer")
Request = TypeVar("Request", bound=JobRequest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Ports, lease and log for one attempt."""

    claim: Claim
    archives: ArchiveStore
    log: FilteringBoundLogger
    """The job's own log, for its owner to read."""
    lease: Lease
    jobs: JobStore
    identity: IdentityStore
    sources: Mapping[str, GraphSource]
    targets: Mapping[str, GraphTarget]
    foreign: ForeignDefaults = field(default_factory=ForeignDefaults)
    """What elements of foreign archives get that say nothing."""
    limits: ArchiveLimits = field(default_factory=ArchiveLimits)
    """What archives may hold, those that are read and those that are written."""
    reference_keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By label: what tells nodes apart where no constraint does."""
    open_log: Callable[[str, str], AbstractAsyncContextManager[FilteringBoundLogger]]
    """Opens the log of a tenant's job."""
    find_hidden: Callable[[str], Awaitable[Sequence[CatalogueEntry]]]
    """Lists the applications of a database that the job's submitter may not see."""

    @property
    def job(self) -> Job:
        """The record as it was when the attempt was claimed."""
        return self.claim.job

    def source(self, database: str) -> GraphSource:
        """Give the database for reading. Raises: UnknownDatabaseError."""
        if database not in self.sources:
            raise UnknownDatabaseError(database, tuple(self.sources))
        return self.sources[database]

    def target(self, database: str) -> GraphTarget:
        """Give the database for writing. Raises: UnknownDatabaseError."""
        if database not in self.targets:
            raise UnknownDatabaseError(database, tuple(self.targets))
        return self.targets[database]

    async def list_hidden(self, database: str) -> Sequence[CatalogueEntry]:
        """List the applications of a database that the job's submitter may not see. Raises: ForbiddenError."""
        return await self.insist(partial(self.find_hidden, database))

    async def advance(self, progress: Progress) -> None:
        """Report progress, and learn whether to go on: cheap, for every batch.

        Raises: JobCancelled, DeadlineReached, ShutdownRequested, LeaseLost; in an undo only the last two; past the
        point of no return only the last.
        """
        self.lease.progress = progress
        # Handlers that never wait would keep the lease from being renewed.
        await asyncio.sleep(0)
        self._require_leave()

    async def pass_point_of_no_return(self) -> None:
        """From here on the job can no longer be cancelled, nor run out of time. Safe to call again.

        Raises: as advance.
        """
        self._require_leave()
        await self.refuse_cancel()

    async def refuse_cancel(self) -> None:
        """From here on a cancel is refused; for work that is done, so that the wish to stop no longer counts.

        Raises: JobCancelled, DeadlineReached when one of them came first; LeaseLost.
        """
        # A store that is away is no reason to undo good work.
        match await self.lease.insist(partial(self.jobs.refuse_cancel, self.claim)):
            case Order.GO_ON:
                self.lease.is_final = True
            case Order.CANCEL:
                raise JobCancelled
            case Order.DEADLINE:
                raise DeadlineReached
            case Order.LOST:
                raise LeaseLost

    async def insist(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do what needs the job store, again as long as it is out of reach: that is no reason to end a job.

        Raises: as advance; what `ask` raises but StoreUnavailableError.
        """

        async def ask_if_wanted() -> Answer:
            # A cancel is obeyed at once, not only when the handler is cancelled for it.
            self._require_leave()
            return await ask()

        return await self.lease.insist(ask_if_wanted)

    def _require_leave(self) -> None:
        if (interruption := self.lease.interruption()) is not None:
            raise interruption


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """What does one kind of job. `run` and `undo` may be repeated after an attempt that ended in any way."""

    run: Callable[[Job, Context], Awaitable[Outcome]]
    """Does the job; returns how it ended, or raises."""
    undo: Callable[[Job, Context], Awaitable[Summary]]
    """Takes back whatever attempts of the job left, if anything; returns a summary of that."""
    settle: Callable[[Job, Context], Awaitable[None]] | None = None
    """Clears away what only an unfinished job needs, once the record says that the job has ended."""
    only_forward: bool = False
    """Whether what is past the job's point of no return is completed in the end, by whomever: no error is final then,
    before an hour after the deadline."""


def require_request(job: Job, kind: type[Request]) -> Request:
    """Return the job's request. Raises: InvalidRequestError for one of another kind."""
    if not isinstance(job.request, kind):
        raise InvalidRequestError(f"Job {job.id} is of kind {job.kind}, but holds a {type(job.request).__name__}.")
    return job.request
