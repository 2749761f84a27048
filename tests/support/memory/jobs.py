"""A job store in memory, timed by a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.errors import (
    DependencyFailedError,
    InvalidRequestError,
    JobEndedError,
    QueueFullError,
    TenantBusyError,
    UnknownJobError,
)
from shared.jobs.events import Event
from shared.jobs.record import (
    TERMINAL_STATUSES,
    WAITING_LIMIT,
    Cancellation,
    Job,
    JobKind,
    NewJob,
    Outcome,
    Progress,
    Status,
)
from shared.ports.jobs import (
    WORKER_PATIENCE_SECONDS,
    Claim,
    EndedFilter,
    JobFilter,
    JobPage,
    Keeping,
    Listing,
    Minute,
    NameAndSize,
    Order,
    Presence,
    Totals,
    WhenBusy,
    WorkerFacts,
)
from tests.support.memory.records import MemoryRecords

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class MemoryJobStore(MemoryRecords):
    async def confirms_durability(self) -> bool:
        return False

    async def find_write_refusal(self) -> str | None:
        return None

    async def list_missing_rights(self) -> Sequence[str]:
        return []

    async def read_keeping(self) -> Keeping:
        return Keeping(eviction="noeviction", is_appended=True)

    async def read_clock(self) -> datetime:
        return self.clock()

    async def submit(self, job: NewJob, *, when_busy: WhenBusy, waiting_limit: int = WAITING_LIMIT) -> Job:
        if known := self._find_accepted(job):
            return known
        self._require_good_dependencies(job)
        holder, must_wait = self.slots.get(job.tenant), self._is_held_up(job)
        line, held = (lists.setdefault(job.tenant, []) for lists in (self.waiting, self.held))
        if holder and when_busy is WhenBusy.REFUSE:
            raise TenantBusyError(job.tenant, holder)
        if (holder or must_wait) and len(line) + len(held) >= waiting_limit:
            raise QueueFullError(job.tenant, waiting_limit)
        self.jobs[job.id] = self._make_record(job)
        if must_wait:
            held.append(job.id)
        elif holder:
            line.append(job.id)
        else:
            self._take_slot(job.tenant, job.id)
        self._tally(job.tenant)
        self.totals["accepted", job.surface, job.kind] += 1
        return self.jobs[job.id]

    def _require_good_dependencies(self, job: NewJob) -> None:
        for other in job.depends_on:
            if other not in self.jobs or self.jobs[other].tenant != job.tenant:
                raise UnknownJobError(other)
            if self.jobs[other].has_ended and (status := self.jobs[other].status) is not Status.CLOSED:
                raise DependencyFailedError(other, status)

    async def get(self, job_id: str) -> Job:
        if job_id not in self.jobs:
            raise UnknownJobError(job_id)
        return self.jobs[job_id]

    async def find_accepted(self, tenant: str, idempotency_key: str) -> Job | None:
        return self._find_by_key(tenant, idempotency_key)

    async def list_jobs(self, tenant: str, *, where: JobFilter, cursor: str | None = None, limit: int = 100) -> JobPage:
        if cursor is not None and cursor not in self.jobs:
            raise InvalidRequestError(f"Cursor {cursor!r} is not one that a listing gave.")
        line = sorted((job for job in self.jobs.values() if job.tenant == tenant), key=_age, reverse=True)
        if cursor is not None:
            line = [job for job in line if _age(job) < _age(self.jobs[cursor])]
        found = [job for job in line if where.matches(job)]
        return JobPage(jobs=found[:limit], next_cursor=found[limit - 1].id if len(found) > limit else None)

    async def read_listing(self, tenant: str, ended: EndedFilter) -> Listing:
        running, limits = await self.find_running(tenant), (ended.created_by, ended.kind)
        lately = [
            job for job in self.jobs.values() if job.tenant == tenant and job.ended and job.updated >= ended.since
        ]
        found = [
            job
            for job in sorted(lately, key=lambda job: job.updated, reverse=True)
            if all(limit in (None, its) for limit, its in zip(limits, (job.created_by, job.kind), strict=True))
        ]
        return Listing(
            unfinished=[*([] if running is None else [running]), *await self.list_waiting(tenant)],
            ended=sorted(found[: ended.most], key=lambda job: job.ended or _NEVER, reverse=True),
            read=self.clock(),
        )

    async def find_written(self, tenant: str, user: str, archives: Sequence[NameAndSize]) -> frozenset[NameAndSize]:
        closed = JobFilter(statuses=frozenset({Status.CLOSED}), kinds=frozenset({JobKind.EXPORT}), created_by=user)
        own = [job.archive for job in self.jobs.values() if job.tenant == tenant and closed.matches(job)]
        return frozenset(archives) & {(archive.name, archive.bytes) for archive in own if archive is not None}

    async def find_running(self, tenant: str) -> Job | None:
        job = self.jobs.get(self.slots.get(tenant, ""))
        return None if job is None or job.has_ended else job

    async def list_waiting(self, tenant: str) -> Sequence[Job]:
        return [self.jobs[job_id] for job_id in (*self.waiting.get(tenant, []), *self.held.get(tenant, []))]

    async def find_place(self, job: Job) -> int | None:
        line = self.waiting.get(job.tenant, [])
        return line.index(job.id) + 1 if job.id in line else None

    async def claim(self, event: Event, nonce: str) -> Claim | None:
        job = self.jobs.get(event.job_id)
        if job is None or job.has_ended or job.attempt != event.attempt:
            return None
        if self.slots.get(job.tenant) != job.id or self.nonces.get(job.id, nonce) != nonce:
            return None
        if job.id not in self.nonces:
            self.nonces[job.id] = nonce
            job = self._claim(job)
        return Claim(job=job, attempt=job.attempt, fence=job.fence)

    async def renew(self, claim: Claim, progress: Progress) -> Order:
        if (job := self._held(claim)) is None:
            return Order.LOST
        self._tally_progress(job, progress)
        return self._order(self._write(job, progress=progress, lease_until=self.clock() + self.lease))

    async def finish(self, claim: Claim, outcome: Outcome) -> bool:
        job = self.jobs.get(claim.job.id)
        if job is None or (job.fence, job.attempt) != (claim.fence, claim.attempt):
            return False
        if not job.has_ended:
            parts = {"archive": outcome.archive, "failure": outcome.failure, "summary": outcome.summary}
            self._tally_progress(job, outcome.progress)
            job = self._write(job, progress=outcome.progress or job.progress, **parts)
            if outcome.report is not None:
                self.reports[job.id] = outcome.report
            self._end(job, outcome.status)
        return True

    async def read_report(self, job_id: str) -> str | None:
        return self.reports.get(job_id)

    async def correct(self, job_id: str, outcome: Outcome) -> bool:
        job = self.jobs.get(job_id)
        if job is None or job.status not in TERMINAL_STATUSES - {Status.CLOSED}:
            return False
        parts = {"archive": outcome.archive, "failure": outcome.failure, "summary": outcome.summary}
        self._write(job, status=outcome.status, progress=outcome.progress or job.progress, **parts)
        return True

    async def request_cancel(self, job_id: str, cancellation: Cancellation) -> Job:
        job = await self.get(job_id)
        if job.status is Status.CANCELLED:
            return job
        if job.has_ended or not job.cancellable:
            raise JobEndedError(f"Job {job_id!r} can no longer be cancelled.")
        if job.cancel is None:
            self._cancel(self._write(job, cancel=cancellation))
        return self.jobs[job_id]

    async def refuse_cancel(self, claim: Claim) -> Order:
        if (job := self._held(claim)) is None:
            return Order.LOST
        if (order := self._order(job)) is Order.GO_ON:
            self._write(job, cancellable=False)
        return order

    async def hand_off(self, claim: Claim, *, is_unknown: bool = False) -> bool:
        if job := self._held(claim):
            unknown_to = job.unknown_to + 1 if is_unknown else 0
            self._next_attempt(self._write(job, unknown_to=unknown_to), "handed_off")
            return True
        after = self.jobs.get(claim.job.id)
        return after is not None and (after.fence, after.attempt) == (claim.fence, claim.attempt + 1)

    async def reap(self) -> int:
        return sum(self._reap(self.jobs[job_id]) for job_id in list(self.slots.values()))

    async def announce(self, worker: str, *, started: datetime, now: datetime, is_draining: bool = False) -> Presence:
        self.workers[worker], self.worker_starts[worker] = self.clock(), started
        self.worker_clocks[worker] = (now - self.clock()).total_seconds()
        self.worker_draining[worker] = is_draining
        return Presence(ahead_seconds=self.worker_clocks[worker], workers=len(await self.list_workers()))

    async def list_workers(self) -> Sequence[WorkerFacts]:
        oldest = self.clock() - timedelta(seconds=WORKER_PATIENCE_SECONDS)
        at_work = {self.nonces[job_id].rpartition("/")[0]: self.jobs[job_id] for job_id in self._claimed()}
        return [
            WorkerFacts(
                name=name,
                seen=seen,
                started=self.worker_starts[name],
                job_id=at_work[name].id if name in at_work else None,
                tenant=at_work[name].tenant if name in at_work else None,
                clock_ahead=self.worker_clocks[name],
                is_draining=self.worker_draining[name],
            )
            for name, seen in sorted(self.workers.items())
            if seen > oldest
        ]

    def _claimed(self) -> list[str]:
        return [job_id for job_id in self.slots.values() if job_id in self.nonces]

    async def read_minutes(self, tenant: str, *, since: datetime) -> Sequence[Minute]:
        found = [each for (owner, _), each in self.minutes.items() if owner == tenant]
        return [each for each in found if each.time + timedelta(minutes=1) > since]

    async def read_totals(self) -> Totals:
        unfinished = (job for job in self.jobs.values() if not job.has_ended)
        return self.totals + Counter(("unfinished", job.status, job.surface, job.kind) for job in unfinished)

    async def read_tenant_jobs(self) -> Totals:
        return Counter((job.tenant, str(job.status)) for job in self.jobs.values() if not job.has_ended)

    @asynccontextmanager
    async def watch_cancels(self) -> AsyncIterator[AsyncIterator[str]]:
        hints: asyncio.Queue[str] = asyncio.Queue()
        self.watchers.append(hints)
        try:
            yield _drain(hints)
        finally:
            self.watchers.remove(hints)


def _age(job: Job) -> tuple[datetime, str]:
    return job.created, job.id


async def _drain(hints: asyncio.Queue[str]) -> AsyncIterator[str]:
    while True:
        yield await hints.get()
