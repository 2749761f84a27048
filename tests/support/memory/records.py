"""The rules of job records in memory, on which the job store's double stands."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from shared.errors import DependencyFailedError
from shared.jobs.events import Event
from shared.jobs.record import MAX_CRASHES, Failure, Job, JobKind, NewJob, Phase, Progress, Status
from shared.ports.jobs import TIME_BUCKETS, Claim, Minute, Order


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class MemoryRecords:
    clock: Callable[[], datetime] = utc_now
    lease: timedelta = timedelta(seconds=15)
    jobs: dict[str, Job] = field(default_factory=dict)
    slots: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, list[str]] = field(default_factory=dict)
    held: dict[str, list[str]] = field(default_factory=dict)
    """Jobs that wait for other jobs, by tenant."""
    queues: dict[str, list[Event]] = field(default_factory=lambda: {"work": [], "undo": []})
    queued_on: dict[str, str] = field(default_factory=dict)
    """The queue that a job's present event was put on."""
    nonces: dict[str, str] = field(default_factory=dict)
    watchers: list[asyncio.Queue[str]] = field(default_factory=list)
    workers: dict[str, datetime] = field(default_factory=dict)
    worker_starts: dict[str, datetime] = field(default_factory=dict)
    worker_clocks: dict[str, float] = field(default_factory=dict)
    worker_draining: dict[str, bool] = field(default_factory=dict)
    reports: dict[str, str] = field(default_factory=dict)
    minutes: dict[tuple[str, datetime], Minute] = field(default_factory=dict)
    totals: Counter[tuple[str, ...]] = field(default_factory=Counter)
    picked_up: dict[Event, datetime] = field(default_factory=dict)
    """Events that a worker took from a queue and did not answer; put here by a test."""

    def _find_accepted(self, job: NewJob) -> Job | None:
        if job.id in self.jobs:
            return self.jobs[job.id]
        return self._find_by_key(job.tenant, job.idempotency_key) if job.idempotency_key else None

    def _find_by_key(self, tenant: str, key: str) -> Job | None:
        found = (each for each in self.jobs.values() if (each.tenant, each.idempotency_key) == (tenant, key))
        return next(found, None)

    def _make_record(self, job: NewJob) -> Job:
        fields = {name: getattr(job, name) for name in job.__dataclass_fields__}
        now = self.clock()
        return Job(**fields, status=Status.CREATED, attempt=0, created=now, updated=now)

    def _tally(self, tenant: str, **more: int) -> None:
        at = self.clock().replace(second=0, microsecond=0)
        minute = self.minutes.get((tenant, at), Minute(time=at))
        grown = {name: getattr(minute, name) + by for name, by in more.items()}
        waiting = len(self.waiting.get(tenant, [])) + len(self.held.get(tenant, []))
        self.minutes[tenant, at] = replace(minute, **grown, waiting=waiting, running=int(tenant in self.slots))

    def _tally_progress(self, job: Job, progress: Progress | None) -> None:
        if progress is not None:
            before, now = (each.nodes_done + each.relationships_done for each in (job.progress, progress))
            self._tally(job.tenant, elements=max(now - before, 0))
            self.totals["elements", job.kind] += max(now - before, 0)

    def _write(self, job: Job, **changes: object) -> Job:
        self.jobs[job.id] = replace(job, updated=self.clock(), **changes)  # type: ignore[arg-type]
        return self.jobs[job.id]

    def _observe(self, family: str, kind: str, since: datetime) -> None:
        seconds = (self.clock() - since).total_seconds()
        bucket = next((str(each) for each in TIME_BUCKETS if seconds <= each), "+Inf")
        self.totals[family, kind, bucket] += 1
        self.totals[f"{family}_ms", kind] += round(seconds * 1000)

    def _claim(self, job: Job) -> Job:
        self._forget_event(job)
        now = self.clock()
        if job.started is None:
            self._observe("wait", job.kind, job.created)
        if job.attempt > 1:
            self.totals["taken_over", job.kind] += 1
        return self._write(
            job,
            fence=max(job.fence + 10, int(now.timestamp() * 1000)),
            lease_until=now + self.lease,
            deadline=job.deadline or now + timedelta(seconds=job.deadline_seconds),
            started=job.started or now,
            status=Status.IN_PROGRESS,
            progress=replace(job.progress, phase=Phase.STARTING),
        )

    def _held(self, claim: Claim) -> Job | None:
        job = self.jobs.get(claim.job.id)
        if job is None or job.has_ended or job.id not in self.nonces:
            return None
        return job if (job.fence, job.attempt) == (claim.fence, claim.attempt) else None

    def _deadline_over(self, job: Job) -> bool:
        return job.deadline is not None and job.deadline <= self.clock()

    def _order(self, job: Job) -> Order:
        if not job.cancellable:
            return Order.GO_ON
        if job.cancel:
            return Order.CANCEL
        return Order.DEADLINE if self._deadline_over(job) else Order.GO_ON

    def _cancel(self, job: Job) -> None:
        if job.fence == 0:
            if job.id in self.waiting.get(job.tenant, []):
                self.waiting[job.tenant].remove(job.id)
            self._end(job, Status.CANCELLED)
            return
        if job.id not in self.nonces and self.queued_on[job.id] == "work":
            self._next_attempt(job, "requeued")
        for hints in self.watchers:
            hints.put_nowait(job.id)

    def _forget_event(self, job: Job) -> None:
        event = Event(job_id=job.id, attempt=job.attempt)
        self.picked_up.pop(event, None)
        for queue in self.queues.values():
            if event in queue:
                queue.remove(event)

    def _queue_for(self, job: Job) -> str:
        undo = job.cancel or self._deadline_over(job) or job.crashes >= MAX_CRASHES
        return "undo" if undo and job.cancellable else "work"

    def _enqueue(self, job: Job) -> None:
        queue = self.queued_on[job.id] = self._queue_for(job)
        self.queues[queue].append(Event(job_id=job.id, attempt=job.attempt))

    def _next_attempt(self, job: Job, why: str) -> None:
        self.totals["again", why] += 1
        self._forget_event(job)
        self.nonces.pop(job.id, None)
        self._enqueue(self._write(job, attempt=job.attempt + 1, lease_until=None))

    def _take_slot(self, tenant: str, job_id: str) -> None:
        self.slots[tenant] = job_id
        self._enqueue(self._write(self.jobs[job_id], attempt=1))

    def _end(self, job: Job, status: Status) -> None:
        progress = replace(job.progress, phase=Phase.ENDED)
        self._write(job, status=status, ended=self.clock(), lease_until=None, progress=progress)
        self._forget_event(job)
        self._release_from_hold(job)
        self._tell_dependents(job, status)
        if self.slots.get(job.tenant) == job.id:
            del self.slots[job.tenant]
        if (line := self.waiting.get(job.tenant)) and job.tenant not in self.slots:
            self._take_slot(job.tenant, line.pop(0))
        self._tally(job.tenant, jobs_ended=1)
        code = job.failure.code if job.failure else ""
        self.totals["ended", job.surface, job.kind, status, code] += 1
        if job.started is not None:
            self._observe("run", job.kind, job.started)
        if status is Status.CLOSED and job.kind == JobKind.EXPORT and job.archive is not None:
            self.totals["archive_bytes",] += job.archive.bytes

    def _release_from_hold(self, job: Job) -> bool:
        held = self.held.get(job.tenant, [])
        if is_held := job.id in held:
            held.remove(job.id)
        return is_held

    def _tell_dependents(self, ended: Job, status: Status) -> None:
        for job in [self.jobs[job_id] for job_id in self.held.get(ended.tenant, [])]:
            if ended.id not in job.depends_on or self.jobs[job.id].ended is not None:
                continue
            if status is not Status.CLOSED:
                error = DependencyFailedError(ended.id, status)
                failure = Failure(code=error.code, message=error.message, details=error.details)
                self._end(self._write(job, failure=failure), Status.FAILED)
            elif not self._is_held_up(job):
                self._release_from_hold(job)
                self.waiting.setdefault(job.tenant, []).append(job.id)

    def _is_held_up(self, job: Job | NewJob) -> bool:
        return any(self.jobs[each].status is not Status.CLOSED for each in job.depends_on)

    def _reap(self, job: Job) -> bool:
        if job.id in self.nonces:
            return self._reap_claimed(job)
        event = Event(job_id=job.id, attempt=job.attempt)
        late = self.queued_on[job.id] == "work" and self._queue_for(job) == "undo"
        if late or self._is_lost(event):
            self._next_attempt(job, "requeued")
            return True
        return False

    def _is_lost(self, event: Event) -> bool:
        if event in self.picked_up:
            return self.clock() - self.picked_up[event] > timedelta(seconds=10)
        return not any(event in queue for queue in self.queues.values())

    def _reap_claimed(self, job: Job) -> bool:
        now = self.clock()
        if job.lease_until is None or job.deadline is None:
            raise AssertionError(f"claimed without a lease: {job}")
        if job.lease_until <= now:
            self._next_attempt(self._write(job, crashes=job.crashes + 1), "worker_lost")
            return True
        silent = job.lease_until - self.lease < job.deadline
        if job.cancellable and silent and job.deadline + timedelta(seconds=1) <= now:
            self._next_attempt(job, "deadline_reached")
            return True
        return False
